import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lab, programArguments, type VertexCommand } from "@florenetes/meshlab";

/** Debian's package `libfaketime` puts its library for processes with several threads here. */
const FAKETIME = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;
const CLOCK = "agents-clock";

/** Whether clocks can be shifted on this machine. */
export const canShiftClocks: boolean = existsSync(FAKETIME);

/** A command that runs fabric-flor by the wall clock of `shiftClocks`: all agents of a lab have the same. Other clocks are the machine's. */
export function agentWithClock(): VertexCommand {
  const script = [
    // libfaketime leaves files in /dev/shm: this mount goes with the namespace, and so with the process.
    "mount -t tmpfs -o size=1m clock /dev/shm",
    `export LD_PRELOAD=${FAKETIME} FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1`,
    `export FAKETIME_TIMESTAMP_FILE="$FLORENETES_LAB/${CLOCK}"`,
    'exec "$@"',
  ].join("\n");
  return ["unshare", "--mount", "sh", "-c", script, "sh", process.execPath, ...programArguments("fabric-flor")];
}

/** Has the agents of a lab see the wall clock so many seconds ahead, within a second. To be called once before they start. */
export function shiftClocks(lab: Lab, seconds: number): void {
  const file = join(lab.folder, CLOCK);
  writeFileSync(`${file}.next`, `+${seconds}\n`);
  renameSync(`${file}.next`, file);
}
