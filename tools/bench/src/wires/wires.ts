import { execFileSync } from "node:child_process";
import { findProgram } from "../debian.ts";
import type { Place } from "../place.ts";
import { spliceBadWire, type WireEnd } from "./bad-wire.ts";

/** Segments put together or cut by the kernel, checksums left out: what it does on wires that are not real. */
const OFFLOADS = ["tso", "gso", "gro", "tx", "rx", "sg"];

/** The ends of a wire, the one nearer to a first. */
export type WireEnds = readonly [left: WireEnd, right: WireEnd];

/**
 * Makes the wires what the place says. They are there already, from a to d; the one that is bad is the second, or the only one.
 *
 * @returns what runs for them, which ends with it.
 */
export async function outfitWires(wires: readonly WireEnds[], { hasOffloads, badWire }: Place): Promise<Disposable> {
  if (!hasOffloads) for (const end of wires.flat()) turnOffloadsOff(end);
  const bad = wires[Math.min(1, wires.length - 1)];
  if (badWire === undefined || bad === undefined) return { [Symbol.dispose]: () => undefined };
  return await spliceBadWire(bad, badWire);
}

function turnOffloadsOff({ namespace, device }: WireEnd): void {
  const { argv } = findProgram("ethtool");
  const settings = OFFLOADS.flatMap((name) => [name, "off"]);
  execFileSync("ip", ["netns", "exec", namespace, ...argv, "-K", device, ...settings], { stdio: "pipe" });
}
