import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, programArguments, type VertexCommand } from "@florenetes/meshlab";
import { CONFINED } from "../terrain.ts";

/** Where Debian's package `libfaketime` puts what is loaded into processes with several threads. */
const FAKETIME = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;
export const isFaketimeInstalled: boolean = existsSync(FAKETIME);

/** The name of the file with which a disk is filled, and of that by which a clock is set. */
const FILLER = "filler";
const CLOCK = "clock";
const CHUNK = Buffer.alloc(65_536);

/**
 * A cluster-flor in a mount namespace of its own, which ends with it: the state of those that are confined is on a disk of one megabyte, and their
 * wall clock is the machine's, shifted by the seconds in a file.
 */
export function confinedClusterVertex(): VertexCommand {
  const nodes = CONFINED.map(({ node }) => node).join("|");
  const clock = [
    `export LD_PRELOAD=${FAKETIME} FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1`,
    `FAKETIME_TIMESTAMP_FILE="$folder/${CLOCK}"`,
  ].join(" ");
  const script = [
    `folder=$FLORENETES_LAB/$FLORENETES_NODE`,
    `case $FLORENETES_NODE in ${nodes})`,
    `mount -t tmpfs -o size=1m,mode=0750 chaos "$folder/state-cluster"`,
    // libfaketime leaves files there.
    `mount -t tmpfs -o size=1m chaos /dev/shm`,
    `[ -e "$folder/${CLOCK}" ] && ${clock};;`,
    `esac`,
    `exec "$@"`,
  ].join("\n");
  const own = [process.execPath, "--disable-sigusr1", ...programArguments("cluster-flor")];
  return ["unshare", "--mount", "sh", "-c", script, "cluster-flor", ...own];
}

/** Lets clocks be set in the lab, before its processes start. */
export function prepareClocks(lab: Lab): void {
  if (!isFaketimeInstalled) return;
  for (const { node } of CONFINED) setClock(lab, node, 0);
}

/** Sets the wall clock of a confined process, so many seconds from the machine's. */
export function setClock(lab: Lab, node: string, shift: number): void {
  const file = join(folderOf(lab, node), CLOCK);
  writeFileSync(`${file}.next`, `${shift < 0 ? "" : "+"}${shift}\n`);
  renameSync(`${file}.next`, file);
}

/** Fills the disk on which the state of a confined process is. */
export function fillDisk(lab: Lab, node: string, pid: number): void {
  const file = fillerOf(lab, node, pid);
  try {
    for (;;) writeFileSync(file, CHUNK, { flag: "a" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  try {
    for (;;) writeFileSync(file, "x", { flag: "a" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

/** Makes room again. The disk of a process that has ended is gone. */
export function freeDisk(lab: Lab, node: string, pid: number): void {
  rmSync(fillerOf(lab, node, pid), { force: true });
}

/** A file in the mount namespace of a process. */
function fillerOf(lab: Lab, node: string, pid: number): string {
  return join(`/proc/${pid}/root`, folderOf(lab, node), "state-cluster", FILLER);
}

function folderOf(lab: Lab, node: string): string {
  return join(lab.configFile(node, "cluster-flor"), "..");
}
