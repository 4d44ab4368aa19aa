import { execFileSync } from "node:child_process";
import type { Lab, WireEnd } from "@florenetes/meshlab";
import { findProgram } from "./debian.ts";
import { run, start } from "./measures/programs.ts";
import { compileProgram } from "./own-programs.ts";
import { neighboursIn, type NodeName, type Place, type WireOptions } from "./place.ts";

/** On wires that are not real, the kernel joins segments, cuts them late and leaves checksums out: these options end that. */
const OFFLOADS_OFF = ["tso", "gso", "gro", "tx", "rx", "sg"].flatMap((name) => [name, "off"]);
const READY_MS_MAX = 5_000;

/** Makes the wires of a lab as the place says. A single bad wire is the second, or the only one. */
export async function outfitWires(lab: Lab, nodes: readonly NodeName[], place: Place): Promise<void> {
  const pairs = neighboursIn(nodes);
  for (const [left, right] of place.isWithoutOffloads ? pairs : []) {
    const command = [...findProgram("ethtool"), "-K", lab.wire(left, right).name, ...OFFLOADS_OFF];
    for (const node of [left, right]) await run(lab, node, command, 0);
  }
  if (place.badWire === undefined) return;
  const bad = place.isEachWireBad ? pairs : [pairs[1] ?? pairs[0]!];
  for (const pair of bad) await spliceBadWire(lab, pair, place.badWire);
}

/**
 * Puts a bad wire in the place of a veth pair: two TAP devices of the same names and addresses, and a program between them that passes
 * frames on, and ends with the lab. The kernel cuts packets for such a device into frames, so that a lost frame is a lost packet. Routes
 * over the old wire are lost.
 */
async function spliceBadWire(
  lab: Lab,
  [left, right]: readonly [NodeName, NodeName],
  options: WireOptions,
): Promise<void> {
  const { name, ends } = lab.wire(left, right);
  const program = compileProgram("wire", lab.folder);
  ip(ends[0], "link", "delete", name);
  const devices = ends.flatMap(({ namespace }) => [namespace, name]);
  const wire = start(lab, left, [program, ...devices, ...wireArguments(options)]);
  if (!(await wire.untilSays("ready\n", READY_MS_MAX))) throw new Error(`the bad wire does not work: ${wire.said()}`);
  for (const end of ends) {
    ip(end, "address", "add", `${end.address}/30`, "dev", name);
    ip(end, "link", "set", name, "up");
  }
}

/** Arguments of native/wire.c: microseconds each way, lost frames in a million, kbit/s, bytes. */
export function wireArguments(options: WireOptions): string[] {
  const { lossShare = 0, delayMs = 0, megabitsPerSecond = 0, bufferBytes = 0 } = options;
  return [delayMs * 500, lossShare * 1e6, megabitsPerSecond * 1000, bufferBytes].map((value) => value.toFixed(0));
}

function ip({ namespace }: WireEnd, ...argv: string[]): void {
  execFileSync("ip", ["-n", namespace, ...argv], { stdio: "pipe" });
}
