import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, programArguments, type VertexCommand } from "@florenetes/meshlab";
import { WITH_CLOCK } from "../terrain.ts";

/** Debian's package `libfaketime` puts its library for processes with several threads here. */
const FAKETIME = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;
export const isFaketimeInstalled: boolean = existsSync(FAKETIME);

/** The name of the file in a node's folder that says how far the clock is shifted. */
const CLOCK = "clock";

/** A command that runs cluster-flor. At some nodes its wall clock is shifted by the seconds in a file. */
export function clusterVertexWithClock(): VertexCommand {
  const nodes = WITH_CLOCK.map(({ node }) => node).join("|");
  const script = [
    `clock=$FLORENETES_LAB/$FLORENETES_NODE/${CLOCK}`,
    `case $FLORENETES_NODE in ${nodes}) if [ -e "$clock" ]; then`,
    // libfaketime leaves files in /dev/shm. This mount goes with the process, since each process of a lab has its own mount namespace.
    `mount -t tmpfs -o size=1m chaos /dev/shm`,
    `export LD_PRELOAD=${FAKETIME} FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1`,
    `export FAKETIME_TIMESTAMP_FILE="$clock"`,
    `fi;; esac`,
    `exec "$@"`,
  ].join("\n");
  return ["sh", "-c", script, "sh", process.execPath, "--disable-sigusr1", ...programArguments("cluster-flor")];
}

/** Lets clocks be set in the lab, before its processes start. */
export function prepareClocks(lab: Lab): void {
  if (!isFaketimeInstalled) return;
  for (const { node } of WITH_CLOCK) setClock(lab, node, 0);
}

/** Sets the wall clock of a node's cluster-flor to be wrong by `shift` seconds. The process sees that within a second. */
export function setClock(lab: Lab, node: string, shift: number): void {
  const file = join(lab.configFile(node, "cluster-flor"), "..", CLOCK);
  writeFileSync(`${file}.next`, `${shift < 0 ? "" : "+"}${shift}\n`);
  renameSync(`${file}.next`, file);
}
