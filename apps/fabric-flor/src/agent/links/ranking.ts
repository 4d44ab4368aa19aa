/** Which of the endpoints that nodes have published are called, and in which order. Pure: the same arguments make the same ranking, and each has its reasons. */
import { DialBounds } from "@florenetes/config-file";
import { copyIdOf, type Endpoint, isPublishable } from "@florenetes/facts";
import type { Health } from "./endpoint-health.ts";

/** Why a node is called: the first sorts come first. `former`: there was a link to it, and that is all. */
const SORTS = ["relay", "seed", "host", "former"] as const;
export type Sort = (typeof SORTS)[number];

/** The source of an endpoint: an announcement in force, a link that was up, or the record of seeds. The first of these that has it counts. */
export type Source = "living" | "worked" | "seeds";

export type SourcedEndpoint = Endpoint & { readonly source: Source };

/** A node with the endpoints that it, or the record of seeds, has published. */
export interface Place {
  readonly node: string;
  readonly sort: Sort;
  readonly endpoints: readonly SourcedEndpoint[];
  /** The trust tier of its record; 0 where there is none. */
  readonly tier: number;
  /** The node says that it has little room for more links. */
  readonly isCrowded: boolean;
  /** The load that it announces, in percent. */
  readonly load: number;
  /** When its endpoints were published, in milliseconds since 1970. */
  readonly issued: number;
}

export interface RankingOptions {
  /** This node. */
  readonly node: string;
  /** Development: addresses of the machine itself are in order. */
  readonly mayLoopBack: boolean;
  /** The owner's prefixes; null: all but loopback. */
  readonly dial: readonly string[] | null;
  /** Names of the networks that this node is in. */
  readonly segments: ReadonlySet<string>;
  readonly health: (endpoint: string) => Health;
}

export interface RankedEndpoint {
  readonly node: string;
  readonly sort: Sort;
  readonly source: Source;
  readonly endpoint: string;
  readonly provider: string | undefined;
  /** For people, the weightiest first. */
  readonly reasons: readonly string[];
}

/** Endpoints that are not called, by why. */
export type Unfit = "reverse" | "carrier" | "address" | "dial" | "segment";

export interface Ranking {
  readonly ranked: readonly RankedEndpoint[];
  readonly unfit: ReadonlyMap<Unfit, number>;
}

/** The round trip that stands for one that was not measured. */
const ROUND_TRIP_MS = 200;

/**
 * Ranks all endpoints of these nodes: by policy (the sort of the node, and the priority that its owner gave the endpoint), by what failed lately, who is crowded, trust, reach,
 * round trip, loss, load and freshness; between equals each node has an order of its own, so that nodes share.
 */
export function rankEndpoints(places: readonly Place[], options: RankingOptions): Ranking {
  const dial = new DialBounds(options.dial ?? undefined);
  const unfit = new Map<Unfit, number>();
  const all: { readonly endpoint: RankedEndpoint; readonly order: readonly (number | string)[] }[] = [];
  for (const place of places) {
    for (const published of place.endpoints) {
      const fault = faultOf(published, dial, options);
      if (fault !== undefined) unfit.set(fault, (unfit.get(fault) ?? 0) + 1);
      else all.push(rank(place, published, options));
    }
  }
  all.sort((a, b) => compare(a.order, b.order));
  return { ranked: all.map(({ endpoint }) => endpoint), unfit };
}

function faultOf(
  { endpoint, carrier, reach, segment }: Endpoint,
  dial: DialBounds,
  { mayLoopBack, segments }: RankingOptions,
): Unfit | undefined {
  if (endpoint === undefined) return "reverse";
  // Only a carrier knows its own endpoints: links over others than QUIC are written by hand.
  if (carrier !== "quic") return "carrier";
  if (!isPublishable(carrier, endpoint, mayLoopBack)) return "address";
  if (reach === "local" && segment !== undefined && !segments.has(segment)) return "segment";
  return dial.findProblem(endpoint) === undefined ? undefined : "dial";
}

function rank(
  { node, sort, tier, isCrowded, load, issued }: Place,
  { endpoint = "", source, reach, segment, provider, priority, weight }: SourcedEndpoint,
  { node: own, segments, health }: RankingOptions,
): { readonly endpoint: RankedEndpoint; readonly order: readonly (number | string)[] } {
  const { failures, roundTripMs, loss, hasWorked } = health(endpoint);
  const isNear = reach === "local" && segment !== undefined && segments.has(segment);
  const reachRank = isNear ? 0 : ["public", "reflexive", "local"].indexOf(reach) + 1;
  const lossPercent = Math.round(100 * loss);
  const reasons = [
    sort,
    ...(source === "worked" ? ["not announced any more"] : []),
    ...(failures > 0 ? [`${failures} calls in vain`] : hasWorked ? ["has worked"] : []),
    ...(isCrowded ? ["crowded"] : []),
    `priority ${priority}`,
    `trust tier ${tier}`,
    isNear ? `local in ${segment}` : reach,
    roundTripMs === undefined ? "round trip unknown" : `round trip ${Math.round(roundTripMs)} ms`,
    ...(lossPercent > 0 ? [`loss ${lossPercent} %`] : []),
    ...(load > 0 ? [`load ${load} %`] : []),
  ];
  const order = [
    SORTS.indexOf(sort),
    failures,
    Number(isCrowded),
    priority,
    -tier,
    reachRank,
    Math.round(roundTripMs ?? ROUND_TRIP_MS),
    lossPercent,
    load,
    // Announcements are renewed by minutes: a difference of less says nothing.
    -Math.floor(issued / 3_600_000),
    -weight,
    // Each node has another order of equal ones.
    copyIdOf(Buffer.from(`${own} ${node} ${endpoint}`)),
  ];
  return { endpoint: { node, sort, source, endpoint, provider, reasons }, order };
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index]!;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
