/**
 * A lease for one origin: the cheapest route to the host, and up to three alternates that share as little with it as can be had. Nothing but integers is
 * compared, and everything is looked at in the order of names and labels: coordinators that know the same come to the same.
 */
import { type LeasedRoute, ROUTES_MAX } from "@florenetes/facts";
import type { WorkloadClassName } from "@florenetes/forwarding";
import { COST_PART_NAMES, pointsOf, type Units, unitsOfLink, unitsOfRelay, type Weights, whyOf } from "./costs.ts";
import { organizationOf } from "./directory.ts";
import { disjointPair } from "./disjoint-pair.ts";
import type { GraphNode, RouteGraph } from "./graph.ts";
import {
  BETTER_PERCENT,
  BETTER_POINTS,
  FILL_PERCENT,
  FILL_PERCENT_MIN,
  LEASE_RATE_MIN,
  MORE_KEPT_PART,
  MORE_PART,
  MORE_ROUTES_PERCENT,
  MORE_STEPS_MAX,
  RATE_STEP,
  SECOND_STEPS,
} from "./limits.ts";
import type { PlannedRoute } from "./plan.ts";
import { isSafer } from "./replacement.ts";
import { relayFault, type RelayTerms, roomAt } from "./relays.ts";
import { cheapest, type SearchTerms } from "./search.ts";

/** Someone wants to reach a service at a host. */
export interface Want {
  readonly origin: string;
  readonly service: string;
  readonly scope: string;
  readonly host: string;
  /** The service's label at the host. */
  readonly label: number;
  readonly classes: readonly WorkloadClassName[];
  /** In kbit/s. */
  readonly rate: number;
  /** How much the origin doubts relays, as `Doubts.at` has it. */
  readonly doubts?: ReadonlyMap<string, number>;
}

export interface ComposeOptions extends RelayTerms {
  readonly weights: Weights;
  /** Undefined: no budget bounds the rate. */
  readonly budget?: RateBudget | undefined;
}

/** The room that the budget of the origin's organization leaves, in kbit/s. */
export interface RateBudget {
  /** The lease gets no more: at least the lowest rate that may be had for what is wanted. */
  readonly most: number;
  /** The part of the budget that leases of this coordinator may have together, and what others of them have. */
  readonly share: number;
  readonly others: number;
}

/** Why there is no route. */
export type ComposeFault = "unknown-origin" | "unknown-host" | "same-node" | "organization" | "no-room" | "no-route";

export interface Composed {
  /** The rate that relays have room for: the one that was wanted, less or more. */
  readonly rate: number;
  /** The primary first. */
  readonly routes: readonly PlannedRoute[];
}

/**
 * Units of overlap, above all costs, so that a route with less overlap is cheaper than any with more: common nodes and links count before common providers, and
 * both before the cost. Weights, units and links are bounded, so that no route costs 2^38 points and all sums are below 2^53.
 */
const PROVIDER_OVERLAP: number = 2 ** 38;
const NODE_OVERLAP: number = 2 ** 44;

const NO_DOUBTS: ReadonlyMap<string, number> = new Map();

/** The slot of a want in a plan. */
export function slotOfWant({
  scope,
  origin,
  service,
  host,
}: Pick<Want, "scope" | "origin" | "service" | "host">): string {
  return `${scope} ${origin}/${service}/${host}`;
}

/** Composes a lease. It is made for a lower rate where no relay, or only one route, has room for the wanted one, and for a higher one where all relays of it have plenty. */
export function compose(want: Want, options: ComposeOptions): Composed | ComposeFault {
  const { graph } = options;
  const origin = graph.placeOf(want.origin);
  const host = graph.placeOf(want.host);
  if (origin === undefined) return "unknown-origin";
  if (host === undefined) return "unknown-host";
  if (origin === host) return "same-node";
  const organization = organizationOf(want.scope);
  if (organization !== undefined && graph.nodes[origin]!.organization !== organization) return "organization";
  let single: Composed | undefined;
  for (const [step, rate] of ratesFor(want.rate).entries()) {
    if (rate > (options.budget?.most ?? rate)) continue;
    const composer = new Composer({ ...want, rate }, origin, host, options);
    const routes = composer.routes(fillPercent(want.rate, rate));
    const found = { rate: step === 0 ? largestRate(want, routes, options) : rate, routes };
    if (routes.length > 1) return found;
    if (routes.length > 0) single ??= found;
    if (single !== undefined && step >= SECOND_STEPS) return single;
  }
  if (single !== undefined) return single;
  const boundless = new Composer({ ...want, rate: 0 }, origin, host, options);
  return boundless.routes().length > 0 ? "no-room" : "no-route";
}

/**
 * A lease that is composed anew, and that has the same routes as before, with the costs of today, as others gain too little: packets stay where they are, and relays need no other permits. It
 * keeps its rate while its relays are filled no further than halfway to where the next lower rate ends: else leases would take turns with the last room that there is.
 *
 * @param before The lease before
 * @param found What `compose` has found for the same want
 * @returns Undefined: other routes are safer, or the primary is better by a fifth and by 5 ms; or relays have room for a higher rate on others alone; or the graph has not all of these routes, or a relay has no room
 */
export function keep(want: Want, before: Composed, found: Composed, options: ComposeOptions): Composed | undefined {
  const { graph } = options;
  const origin = graph.placeOf(want.origin);
  const host = graph.placeOf(want.host);
  if (origin === undefined || host === undefined) return undefined;
  const again = (rate: number, percent: number): PlannedRoute[] | undefined =>
    new Composer({ ...want, rate }, origin, host, options).again(before.routes, percent);
  const kept = before.rate > (options.budget?.most ?? before.rate) ? 0 : before.rate;
  const rate = Math.max(kept, found.rate);
  const isMore = rate > before.rate;
  const routes = again(rate, isMore ? fillPercent(want.rate, rate) : keptPercent(want.rate, rate));
  if (routes === undefined || isSafer(found.routes, routes, want.doubts ?? NO_DOUBTS)) return undefined;
  if (rate > largestRate(want, routes, options, isMore ? MORE_PART : MORE_KEPT_PART)) return undefined;
  const [own, other] = [routes[0]!.route.cost, found.routes[0]!.route.cost];
  const areBetter = other <= own - BETTER_POINTS && 100 * other <= (100 - BETTER_PERCENT) * own;
  return areBetter ? undefined : { rate, routes };
}

/** The lowest rate that a lease may get for a wanted one, in kbit/s. */
export function lowestRate(wanted: number): number {
  return Math.min(wanted, LEASE_RATE_MIN);
}

/** The wanted rate, and lower ones down to the lowest. */
function ratesFor(wanted: number): number[] {
  const rates = [wanted];
  for (let rate = wanted; rate > LEASE_RATE_MIN;) {
    rate = Math.max(LEASE_RATE_MIN, Math.floor(rate / RATE_STEP));
    rates.push(rate);
  }
  return rates;
}

/** How much of a share leases of a rate may fill, in percent: the less they were given of what they wanted, the more. */
export function fillPercent(wanted: number, rate: number): number {
  if (rate <= LEASE_RATE_MIN) return FILL_PERCENT_MIN;
  const steps = ratesFor(wanted).findIndex((each) => each <= rate);
  return FILL_PERCENT[Math.min(steps, FILL_PERCENT.length - 1)]!;
}

/** How much of a share leases that have a rate already may fill, in percent. */
function keptPercent(wanted: number, rate: number): number {
  const below = Math.max(LEASE_RATE_MIN, Math.floor(rate / RATE_STEP));
  return Math.floor((fillPercent(wanted, rate) + fillPercent(wanted, below)) / 2);
}

/**
 * The wanted rate, or a multiple of it where each relay of the routes, and the budget, has plenty of room even then: it is planned to at most one of so many parts of its share.
 */
function largestRate(
  want: Want,
  routes: readonly PlannedRoute[],
  { graph, plan, coordinators, budget }: ComposeOptions,
  part = MORE_PART,
): number {
  const times = new Map<string, number>();
  for (const { relay } of routes.flatMap(({ pairs }) => pairs)) times.set(relay, (times.get(relay) ?? 0) + 1);
  const most = [...times].map(([relay, count]) => {
    const { offer } = graph.nodes[graph.placeOf(relay)!]!.report;
    const share = Math.floor((offer?.rate ?? 0) / Math.max(1, coordinators));
    return (share / part - plan.loadOf(relay, slotOfWant(want))) / count;
  });
  if (budget !== undefined) most.push(Math.min(budget.most, budget.share / part - budget.others));
  let rate = want.rate;
  for (let steps = 0; steps < MORE_STEPS_MAX && 2 * rate <= Math.min(...most); steps++) rate *= 2;
  return rate;
}

/** The search for one lease at one rate. */
class Composer {
  readonly #want: Want;
  readonly #options: ComposeOptions;
  readonly #origin: number;
  readonly #host: number;
  /** The room of each relay for this lease, in kbit/s; -1 where it may not be one. */
  readonly #room: Float64Array;
  readonly #relayUnits: (Units | undefined)[];
  readonly #linkPoints: Float64Array;
  readonly #relayPoints: Float64Array;

  constructor(want: Want, origin: number, host: number, options: ComposeOptions) {
    const { graph, weights } = options;
    this.#want = want;
    this.#options = options;
    this.#origin = origin;
    this.#host = host;
    this.#linkPoints = linkPointsOf(graph, weights);
    this.#room = new Float64Array(graph.nodes.length).fill(-1);
    this.#relayUnits = graph.nodes.map(() => undefined);
    this.#relayPoints = new Float64Array(graph.nodes.length).fill(Infinity);
    // Most nodes are no relays at all.
    for (const [place, scope] of graph.relaysFor(want.scope).entries())
      if (scope !== undefined && place !== origin && place !== host) this.#look(place, graph.nodes[place]!);
  }

  /**
   * The routes, the primary first; none where there is no way.
   *
   * @param percent The first two may fill this part of a relay's share
   */
  routes(percent = 100): PlannedRoute[] {
    const primary = cheapest(this.#terms(this.#linkPoints, this.#pointsBelow([], percent)));
    if (primary === undefined) return [];
    const ways = [primary];
    this.#addAlternates(ways, percent);
    if (ways.length > 1 && this.#overlapOf(ways[1]!, primary) > 0) {
      // The cheapest way bars every other one. Two that are apart need not have it between them: whichever node fails, one of them is left.
      const pair = disjointPair(this.#terms(this.#linkPoints, this.#pointsBelow([primary], percent)), primary);
      if (pair !== undefined) {
        ways.splice(1, ways.length, ...pair.filter((way) => !isIn(way, [primary])));
        this.#addAlternates(ways, percent);
      }
    }
    return ways.map((way) => this.#routeOf(way));
  }

  /** Routes of a lease once more, by what things cost and what relays have room for now; undefined: they are not all to be had. */
  again(routes: readonly PlannedRoute[], percent: number): PlannedRoute[] | undefined {
    const ways: number[][] = [];
    for (const { route } of routes) {
      const way = this.#options.graph.wayOf(this.#want.origin, route);
      if (way === undefined) return undefined;
      const points = this.#pointsBelow(ways, fillFor(ways, percent));
      if (this.#relaysOf(way).some((place) => !Number.isFinite(points[place]))) return undefined;
      ways.push(way);
    }
    return ways.map((way) => this.#routeOf(way));
  }

  #addAlternates(ways: number[][], percent: number): void {
    while (ways.length < ROUTES_MAX) {
      const way = cheapest(this.#apartFrom(ways, fillFor(ways, percent)));
      if (way === undefined || isIn(way, ways)) return;
      ways.push(way);
    }
  }

  #look(place: number, node: GraphNode): void {
    const { weights, graph } = this.#options;
    if (relayFault(node.name, this.#want, this.#options) !== undefined) return;
    const { share, planned } = roomAt(place, slotOfWant(this.#want), this.#options);
    const doubts = this.#want.doubts?.get(node.name) ?? 0;
    const units = unitsOfRelay(node, { origin: graph.nodes[this.#origin]!, planned, doubts });
    this.#room[place] = share;
    this.#relayUnits[place] = units;
    this.#relayPoints[place] = pointsOf(units, weights);
  }

  /** Points of relays that have room for one more route beside those of some ways, below a part of their share in percent. */
  #pointsBelow(ways: readonly (readonly number[])[], percent: number): Float64Array {
    const { graph, plan } = this.#options;
    const slot = slotOfWant(this.#want);
    const times = new Map<number, number>();
    for (const place of ways.flatMap((way) => this.#relaysOf(way))) times.set(place, (times.get(place) ?? 0) + 1);
    return this.#relayPoints.map((points, place) => {
      const room = this.#room[place]!;
      if (room < 0) return Infinity;
      const load = plan.loadOf(graph.nodes[place]!.name, slot) + (1 + (times.get(place) ?? 0)) * this.#want.rate;
      return load <= Math.floor((room * percent) / 100) ? points : Infinity;
    });
  }

  /** The terms of a search for a way that shares as little as can be with others, over relays below a part of their share in percent. */
  #apartFrom(ways: readonly (readonly number[])[], percent: number): SearchTerms {
    const { graph } = this.#options;
    const links = this.#linkPoints.slice();
    const relays = this.#pointsBelow(ways, percent);
    const providers = new Map<number, number>();
    for (const way of ways) {
      for (const place of this.#relaysOf(way)) relays[place]! += NODE_OVERLAP;
      const used = way.map((edge) => graph.linkOf[edge]!);
      for (const link of used) links[link]! += NODE_OVERLAP;
      for (const each of new Set(used.flatMap((link) => graph.links[link]!.providers))) {
        providers.set(each, (providers.get(each) ?? 0) + 1);
      }
    }
    if (providers.size > 0) {
      for (const [place, link] of graph.links.entries()) {
        for (const each of link.providers) links[place]! += (providers.get(each) ?? 0) * PROVIDER_OVERLAP;
      }
    }
    return this.#terms(links, relays);
  }

  /** How many nodes, or links, two ways have in common. */
  #overlapOf(way: readonly number[], other: readonly number[]): number {
    const { linkOf } = this.#options.graph;
    const nodes = new Set(this.#relaysOf(other));
    const links = new Set(other.map((edge) => linkOf[edge]));
    const common = this.#relaysOf(way).filter((place) => nodes.has(place)).length;
    return common + way.filter((edge) => links.has(linkOf[edge])).length;
  }

  #relaysOf(way: readonly number[]): number[] {
    return way.slice(1).map((edge) => this.#options.graph.edges[edge]!.from);
  }

  #terms(linkPoints: Float64Array, relayPoints: Float64Array): SearchTerms {
    return { graph: this.#options.graph, origin: this.#origin, host: this.#host, linkPoints, relayPoints };
  }

  #routeOf(way: readonly number[]): PlannedRoute {
    const { graph, weights } = this.#options;
    const scopes = graph.relaysFor(this.#want.scope);
    const edges = way.map((place) => graph.edges[place]!);
    const links = edges.map(({ link }) => graph.links[link]!);
    const all = [
      ...links.map(({ figures }) => unitsOfLink(figures)),
      ...this.#relaysOf(way).map((place) => this.#relayUnits[place]!),
    ];
    const units = COST_PART_NAMES.map((_, part) => all.reduce((sum, each) => sum + each[part]!, 0));
    const route: LeasedRoute = {
      link: edges[0]!.label,
      labels: [...edges.slice(1).map(({ label }) => label), this.#want.label],
      via: edges.map(({ to }) => graph.nodes[to]!.name),
      mtu: Math.min(...links.map(({ figures: [, , , , , mtu] }) => mtu)),
      cost: pointsOf(units, weights),
      why: whyOf(units, weights),
    };
    const pairs = edges.slice(1).map(({ from, label }, at) => {
      const { back } = edges[at]!;
      const labels = { from: Math.min(back, label), to: Math.max(back, label) };
      return { relay: graph.nodes[from]!.name, scope: scopes[from]!, ...labels };
    });
    return { route, pairs };
  }
}

/** How much of a share the next route beside these may fill, in percent. */
function fillFor(ways: readonly unknown[], percent: number): number {
  return ways.length < 2 ? percent : Math.floor((percent * MORE_ROUTES_PERCENT) / 100);
}

function isIn(way: readonly number[], ways: readonly (readonly number[])[]): boolean {
  return ways.some((other) => other.length === way.length && other.every((edge, at) => edge === way[at]));
}

/** Points of all links, which are the same for each lease of a graph: each costs something, whatever the weights are. */
const linkPointsByGraph = new WeakMap<RouteGraph, { readonly weights: Weights; readonly points: Float64Array }>();

export function linkPointsOf(graph: RouteGraph, weights: Weights): Float64Array {
  const known = linkPointsByGraph.get(graph);
  if (known?.weights === weights) return known.points;
  const points = Float64Array.from(graph.links, ({ figures }) => Math.max(1, pointsOf(unitsOfLink(figures), weights)));
  linkPointsByGraph.set(graph, { weights, points });
  return points;
}
