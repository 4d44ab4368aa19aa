import type { Line } from "../line.ts";
import type { NodeName } from "../place.ts";
import { until } from "../until.ts";

const INTERFACE_WITHIN_MS = 5_000;

/** One end of a tunnel over one link of the line. */
export interface Hop {
  /** The node's side that the link is on: its right end is the left side of the next node. */
  readonly side: "left" | "right";
  /** Of the link, the first being 1. */
  readonly index: number;
  readonly neighbour: NodeName;
  /** Addresses on the link. */
  readonly local: string;
  readonly remote: string;
  /** Addresses within the tunnel. */
  readonly inner: string;
  readonly innerRemote: string;
}

/** The ends of tunnels that a node has when each link has one: 10.81.1.1 and 10.81.1.2 on the first, and so on. */
export function hopsOf(line: Line, node: NodeName): Hop[] {
  const position = line.nodes.indexOf(node);
  const [before, after] = [line.nodes[position - 1], line.nodes[position + 1]];
  const hops: Hop[] = [];
  if (before !== undefined) {
    const [inner, innerRemote] = [`10.81.${position}.2`, `10.81.${position}.1`];
    const [local, remote] = [line.address(node), line.addressAfter(before)];
    hops.push({ side: "left", index: position, neighbour: before, local, remote, inner, innerRemote });
  }
  if (after !== undefined) {
    const index = position + 1;
    const [inner, innerRemote] = [`10.81.${index}.1`, `10.81.${index}.2`];
    const [local, remote] = [line.addressAfter(node), line.address(after)];
    hops.push({ side: "right", index, neighbour: after, local, remote, inner, innerRemote });
  }
  return hops;
}

export function hopAddress(line: Line, node: NodeName, side: Hop["side"]): string {
  return hopsOf(line, node).find((hop) => hop.side === side)!.inner;
}

/** Leads a node's packets for the tunnels of other links into its own, as soon as their devices are there. */
export async function addHopRoutes(line: Line, node: NodeName, device: (hop: Hop) => string): Promise<void> {
  for (const hop of hopsOf(line, node)) {
    await untilInterface(line, node, device(hop));
    for (let index = 1; index < line.nodes.length; index += 1) {
      const isBeyond = hop.side === "left" ? index < hop.index : index > hop.index;
      if (isBeyond) line.run(node, "ip", "route", "replace", `10.81.${index}.0/30`, "dev", device(hop));
    }
  }
}

/** Waits until a device is there and up. */
async function untilInterface(line: Line, node: NodeName, device: string): Promise<void> {
  const isUp = (): boolean => line.run(node, "ip", "-o", "link", "show", "up").includes(`: ${device}:`);
  await until(isUp, INTERFACE_WITHIN_MS, `${node} has no interface ${device}`);
}
