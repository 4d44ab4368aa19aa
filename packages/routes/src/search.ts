/** The cheapest way over few links: Bellman-Ford in layers, one for each link, so that the bound holds exactly. */
import type { RouteGraph } from "./graph.ts";
import { LINKS_MAX } from "./limits.ts";

export interface SearchTerms {
  readonly graph: RouteGraph;
  /** Places of nodes. */
  readonly origin: number;
  readonly host: number;
  /** Points of each link, above 0. */
  readonly linkPoints: Float64Array;
  /** Points of each node where it stands between two links; Infinity: nothing goes through it. */
  readonly relayPoints: Float64Array;
}

/**
 * The edges of the cheapest way, by their places in `graph.edges`; undefined: there is none of at most `LINKS_MAX` links. Each link costs more than 0, so
 * that it has no circle. Of ways that cost the same it takes the one with fewer links, then the one over the nodes and labels that come first.
 */
export function cheapest({ graph, origin, host, linkPoints, relayPoints }: SearchTerms): number[] | undefined {
  const { firstEdges, targets, linkOf, nodes } = graph;
  let before = new Float64Array(nodes.length).fill(Infinity);
  before[origin] = 0;
  let reached: number[] = [origin];
  /** In each layer the edge by which a node is reached more cheaply than in those before, or -1. */
  const layers: Int32Array[] = [];
  for (let layer = 0; layer < LINKS_MAX && reached.length > 0; layer++) {
    const after = before.slice();
    const by = new Int32Array(nodes.length).fill(-1);
    const next: number[] = [];
    for (const from of reached) {
      const sum = before[from]!;
      if (sum >= after[host]!) continue;
      for (let edge = firstEdges[from]!; edge < firstEdges[from + 1]!; edge++) {
        const to = targets[edge]!;
        const cost = sum + linkPoints[linkOf[edge]!]! + (to === host ? 0 : relayPoints[to]!);
        if (cost >= after[to]!) continue;
        if (by[to] === -1 && to !== host) next.push(to);
        after[to] = cost;
        by[to] = edge;
      }
    }
    layers.push(by);
    before = after;
    reached = next.sort((a, b) => a - b);
  }
  return Number.isFinite(before[host]) ? wayBack(graph, host, layers) : undefined;
}

/**
 * The least cost of coming from a place to each other one and through it, over at most `LINKS_MAX` links, in the places' order. Infinity: nothing leads through.
 */
export function costsFrom(
  { graph: { firstEdges, targets, linkOf, nodes }, linkPoints, relayPoints }: Omit<SearchTerms, "origin" | "host">,
  from: number,
): Float64Array {
  const costs = new Float64Array(nodes.length).fill(Infinity);
  costs[from] = 0;
  let reached: readonly number[] = [from];
  for (let layer = 0; layer < LINKS_MAX && reached.length > 0; layer++) {
    const next = new Map<number, number>();
    for (const place of reached) {
      for (let edge = firstEdges[place]!; edge < firstEdges[place + 1]!; edge++) {
        const to = targets[edge]!;
        const cost = costs[place]! + linkPoints[linkOf[edge]!]! + relayPoints[to]!;
        if (cost < Math.min(costs[to]!, next.get(to) ?? Infinity)) next.set(to, cost);
      }
    }
    for (const [to, cost] of next) costs[to] = cost;
    reached = [...next.keys()];
  }
  return costs;
}

function wayBack({ edges }: RouteGraph, host: number, layers: readonly Int32Array[]): number[] {
  const way: number[] = [];
  let place = host;
  for (const by of layers.toReversed()) {
    const edge = by[place]!;
    if (edge === -1) continue;
    way.unshift(edge);
    place = edges[edge]!.from;
  }
  return way;
}
