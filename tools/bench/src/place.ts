import type { WireOptions } from "./wires/bad-wire.ts";

/** The nodes of a measured mesh. Clients are on a and servers on d, however many nodes are between them. */
export type NodeName = "a" | "b" | "c" | "d" | "e" | "f" | "g";
export type LinkCount = 1 | 3 | 6;

/** Where a system is measured: the same for all that are compared. */
export interface Place {
  readonly links: LinkCount;
  /** Whether the kernel may hand packets of up to 64 KB over the wires. A bad wire never does. */
  readonly hasOffloads: boolean;
  /** What the wire behind b is like, or the only one; as good as any when left out. */
  readonly badWire?: WireOptions;
}

export const USUAL_PLACE: Place = { links: 3, hasOffloads: true };

/** From a to d: each reaches its neighbours alone. */
export function nodesOver(links: LinkCount): readonly NodeName[] {
  if (links === 1) return ["a", "d"];
  return links === 3 ? ["a", "b", "c", "d"] : ["a", "b", "c", "e", "f", "g", "d"];
}

/** Those of the nodes that are neither the first nor the last. */
export function transitsOf(nodes: readonly NodeName[]): readonly NodeName[] {
  return nodes.slice(1, -1);
}
