/**
 * Two ways without a common node, where the cheapest way stands in the way of every other one: Bhandari's algorithm. A second search may go backwards over
 * the first way, and gains what it gives back; where it does, the two ways swap their ends.
 */
import type { RouteGraph } from "./graph.ts";
import { LINKS_MAX } from "./limits.ts";
import type { SearchTerms } from "./search.ts";

/** The second search goes over the first way's links backwards, too. */
const STEPS_MAX: number = 2 * LINKS_MAX;

/** A step over an edge, or, backwards, over an edge of the first way. */
interface Step {
  readonly edge: number;
  readonly isBack: boolean;
}

/**
 * Two ways, the cheaper first, that have no node in common but origin and host, each of at most `LINKS_MAX` links. Undefined: none are found.
 *
 * @param first The cheapest way
 */
export function disjointPair(terms: SearchTerms, first: readonly number[]): [number[], number[]] | undefined {
  // A relay that is not to be used once more cannot be given back.
  if (first.slice(1).some((edge) => !Number.isFinite(terms.relayPoints[terms.graph.edges[edge]!.from])))
    return undefined;
  const steps = secondWay(terms, first);
  if (steps === undefined) return undefined;
  const undone = new Set(steps.filter(({ isBack }) => isBack).map(({ edge }) => edge));
  const added = steps.filter(({ isBack }) => !isBack).map(({ edge }) => edge);
  const used = [...first, ...added].filter((edge) => !undone.has(edge));
  const ways = used
    .filter((edge) => terms.graph.edges[edge]!.from === terms.origin)
    .map((edge) => followed(terms, edge, used));
  const [one, other] = ways;
  if (ways.length !== 2 || one === undefined || other === undefined || !areApart(terms.graph, one, other))
    return undefined;
  return costOf(one, terms) <= costOf(other, terms) ? [one, other] : [other, one];
}

/** The way that begins with an edge and goes on over used ones; undefined where it is too long, or leads nowhere. */
function followed({ graph, host }: SearchTerms, beginning: number, used: readonly number[]): number[] | undefined {
  const way = [beginning];
  while (way.length <= LINKS_MAX) {
    const { to } = graph.edges[way.at(-1)!]!;
    if (to === host) return way;
    const next = used.find((edge) => graph.edges[edge]!.from === to);
    if (next === undefined) return undefined;
    way.push(next);
  }
  return undefined;
}

function areApart({ edges }: RouteGraph, one: readonly number[], other: readonly number[]): boolean {
  const nodes = new Set(one.slice(1).map((edge) => edges[edge]!.from));
  return one[0] !== other[0] && other.slice(1).every((edge) => !nodes.has(edges[edge]!.from));
}

function costOf(way: readonly number[], { graph, linkPoints, relayPoints }: SearchTerms): number {
  const links = way.reduce((sum, edge) => sum + linkPoints[graph.linkOf[edge]!]!, 0);
  return way.slice(1).reduce((sum, edge) => sum + relayPoints[graph.edges[edge]!.from]!, links);
}

/**
 * The cheapest way beside the first one. A node of the first way has two states: `place` behind it, from where all its other edges lead on, and
 * `count + place` in front of it, from where the first way alone leads back.
 */
function secondWay(
  { graph, origin, host, linkPoints, relayPoints }: SearchTerms,
  first: readonly number[],
): Step[] | undefined {
  const count = graph.nodes.length;
  const into = new Map(first.slice(0, -1).map((edge) => [graph.edges[edge]!.to, edge]));
  const isFirst = new Set(first);
  let before = new Float64Array(2 * count).fill(Infinity);
  before[origin] = 0;
  let reached = [origin];
  const layers: Map<number, { readonly from: number; readonly step: Step | undefined }>[] = [];
  for (let layer = 0; layer < STEPS_MAX && reached.length > 0; layer++) {
    const after = before.slice();
    const by: (typeof layers)[number] = new Map();
    const reach = (state: number, cost: number, from: number, step: Step | undefined): void => {
      if (cost >= after[state]!) return;
      after[state] = cost;
      by.set(state, { from, step });
    };
    for (const state of reached) {
      const sum = before[state]!;
      if (state >= count) {
        const edge = into.get(state - count)!;
        const { from } = graph.edges[edge]!;
        if (from !== origin) reach(from, sum - linkPoints[graph.linkOf[edge]!]!, state, { edge, isBack: true });
        continue;
      }
      if (into.has(state)) reach(count + state, sum - relayPoints[state]!, state, undefined);
      for (let edge = graph.firstEdges[state]!; edge < graph.firstEdges[state + 1]!; edge++) {
        const to = graph.targets[edge]!;
        if (isFirst.has(edge) || to === origin) continue;
        const cost = sum + linkPoints[graph.linkOf[edge]!]!;
        const step = { edge, isBack: false };
        if (into.has(to)) reach(count + to, cost, state, step);
        else reach(to, to === host ? cost : cost + relayPoints[to]!, state, step);
      }
    }
    layers.push(by);
    before = after;
    reached = [...by.keys()].filter((state) => state !== host).sort((a, b) => a - b);
  }
  return Number.isFinite(before[host]) ? stepsTo(host, layers) : undefined;
}

function stepsTo(
  host: number,
  layers: readonly ReadonlyMap<number, { readonly from: number; readonly step: Step | undefined }>[],
): Step[] {
  const steps: Step[] = [];
  let state = host;
  for (const by of layers.toReversed()) {
    const last = by.get(state);
    if (last === undefined) continue;
    if (last.step !== undefined) steps.unshift(last.step);
    state = last.from;
  }
  return steps;
}
