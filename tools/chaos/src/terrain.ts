import type { NodeProcess } from "@florenetes/meshlab";

/**
 * The mesh that is broken:
 *
 *          ┌─ QUIC ── b ── QUIC ─┐
 *          │        ╱            │        n is behind a NAT, and reaches d over b
 *   n ─NAT─┼──────╱              │
 *          a                     d        workloads are at a and n, their servers at d
 *          └─ TLS ─── c ── TLS ──┘
 */
export const NODES: readonly string[] = ["a", "b", "c", "d", "n"];

/** A way through the mesh that a fault can take from workloads: one of the two disjoint paths, or the way of n. */
export type HandWay = "upper" | "lower" | "nat";
/** In a mesh whose nodes have control agents, a workload goes whatever way is leased. */
export type Way = HandWay | "leased";

/** The node with the servers of workloads that go a way. */
export function hostOf(way: Way): string {
  return way === "leased" ? "x" : "d";
}

/** A process that faults strike. */
export interface ProcessTarget {
  readonly node: string;
  readonly process: NodeProcess;
  readonly ways: readonly Way[];
}

/** A link that faults strike. */
export interface LinkTarget {
  readonly between: readonly [string, string];
  /** A link over QUIC has a relay, which is a NAT and a bad wire in one. The others are over TLS. */
  readonly hasRelay: boolean;
  readonly ways: readonly Way[];
}

export const LINKS: readonly LinkTarget[] = [
  { between: ["a", "b"], hasRelay: true, ways: ["upper"] },
  { between: ["b", "d"], hasRelay: true, ways: ["upper", "nat"] },
  { between: ["a", "c"], hasRelay: false, ways: ["lower"] },
  { between: ["c", "d"], hasRelay: false, ways: ["lower"] },
  { between: ["n", "b"], hasRelay: true, ways: ["nat"] },
];

/** All link vertices, and the cluster vertices of the nodes in between. */
export const BETWEEN: readonly ProcessTarget[] = [
  { node: "a", process: "link-flor", ways: ["upper"] },
  { node: "a", process: "link-tls", ways: ["lower"] },
  { node: "b", process: "link-flor", ways: ["upper", "nat"] },
  { node: "b", process: "cluster-flor", ways: ["upper", "nat"] },
  { node: "c", process: "link-tls", ways: ["lower"] },
  { node: "c", process: "cluster-flor", ways: ["lower"] },
  { node: "d", process: "link-flor", ways: ["upper", "nat"] },
  { node: "d", process: "link-tls", ways: ["lower"] },
  { node: "n", process: "link-flor", ways: ["nat"] },
];

/** Cluster vertices that have connections of workloads. */
export const ENDS: readonly ProcessTarget[] = [
  { node: "a", process: "cluster-flor", ways: ["upper", "lower"] },
  { node: "d", process: "cluster-flor", ways: ["upper", "lower", "nat"] },
  { node: "n", process: "cluster-flor", ways: ["nat"] },
];

/** Processes that keep lists of revocations in their state. */
export const WITH_STATE: readonly ProcessTarget[] = [
  ...BETWEEN.filter(({ process }) => process === "link-flor"),
  ...ENDS,
];

/** Processes whose wall clock can be set: one in between, and an end with little to do, since reading such a clock costs more. */
export const WITH_CLOCK: readonly ProcessTarget[] = [...BETWEEN, ...ENDS].filter(
  ({ node, process }) => process === "cluster-flor" && (node === "c" || node === "n"),
);
