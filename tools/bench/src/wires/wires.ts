import { execFileSync } from "node:child_process";
import type { Lab } from "@florenetes/meshlab";
import { findProgram } from "../debian.ts";
import { neighboursIn, type NodeName, type Place } from "../place.ts";
import { spliceBadWire } from "./bad-wire.ts";

/** Segments put together or cut by the kernel, checksums left out: what it does on wires that are not real. */
const OFFLOADS = ["tso", "gso", "gro", "tx", "rx", "sg"];

/** Makes the wires of a lab what the place says. The one that is bad is the second, or the only one. */
export async function outfitWires(
  lab: Lab,
  nodes: readonly NodeName[],
  { hasOffloads, badWire }: Place,
): Promise<void> {
  const pairs = neighboursIn(nodes);
  if (!hasOffloads) {
    for (const [left, right] of pairs) {
      const { name } = lab.wire(left, right);
      for (const node of [left, right]) turnOffloadsOff(lab, node, name);
    }
  }
  const bad = pairs[1] ?? pairs[0];
  if (badWire !== undefined && bad !== undefined) await spliceBadWire(lab, bad, badWire);
}

function turnOffloadsOff(lab: Lab, node: NodeName, device: string): void {
  const settings = OFFLOADS.flatMap((name) => [name, "off"]);
  const [program, ...rest] = lab.commandIn(node, [...findProgram("ethtool"), "-K", device, ...settings]);
  execFileSync(program!, rest, { stdio: "pipe" });
}
