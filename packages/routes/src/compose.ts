/**
 * A lease for one origin: the cheapest route to the host, and up to three alternates that share as little with it as can be had. Nothing but integers is
 * compared, and everything is looked at in the order of names and labels: coordinators that know the same come to the same.
 */
import { type LeasedRoute, PERMIT_PAIRS_MAX, ROUTES_MAX } from "@florenetes/facts";
import type { WorkloadClassName } from "@florenetes/forwarding";
import { COST_PART_NAMES, pointsOf, type Units, unitsOfLink, unitsOfRelay, type Weights, whyOf } from "./costs.ts";
import { organizationOf } from "./directory.ts";
import { disjointPair } from "./disjoint-pair.ts";
import type { GraphNode, RouteGraph } from "./graph.ts";
import { ALTERNATES_PERCENT, LEASE_RATE_MIN } from "./limits.ts";
import type { Plan, PlannedRoute } from "./plan.ts";
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

export interface ComposeOptions {
  readonly graph: RouteGraph;
  readonly weights: Weights;
  readonly plan: Plan;
  /** Coordinators that plan with the same relays: each plans with its share of the offers. */
  readonly coordinators: number;
  /** Relays that have refused permits, or have not answered. */
  readonly avoid?: ReadonlySet<string>;
}

/** Why there is no route. */
export type ComposeFault = "unknown-origin" | "unknown-host" | "same-node" | "organization" | "no-room" | "no-route";

export interface Composed {
  /** The rate that relays have room for, at most the one that was wanted. */
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

/** The slot of a want in a plan. */
export function slotOfWant({ scope, origin, service }: Pick<Want, "scope" | "origin" | "service">): string {
  return `${scope} ${origin}/${service}`;
}

/** Composes a lease. Where no relay has room for the wanted rate, it is made for the lowest one. */
export function compose(want: Want, options: ComposeOptions): Composed | ComposeFault {
  const { graph } = options;
  const origin = graph.placeOf(want.origin);
  const host = graph.placeOf(want.host);
  if (origin === undefined) return "unknown-origin";
  if (host === undefined) return "unknown-host";
  if (origin === host) return "same-node";
  const organization = organizationOf(want.scope);
  if (organization !== undefined && graph.nodes[origin]!.organization !== organization) return "organization";
  const rates = [...new Set([want.rate, Math.min(want.rate, LEASE_RATE_MIN)])];
  for (const rate of rates) {
    const routes = new Composer({ ...want, rate }, origin, host, options).routes();
    if (routes.length > 0) return { rate, routes };
  }
  const boundless = new Composer({ ...want, rate: 0 }, origin, host, options);
  return boundless.routes().length > 0 ? "no-room" : "no-route";
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
    const relays = graph.relaysFor(want.scope);
    for (const [place, node] of graph.nodes.entries()) {
      if (relays[place] !== undefined && place !== origin && place !== host) this.#look(place, node);
    }
  }

  /** The routes, the primary first; none where there is no way. */
  routes(): PlannedRoute[] {
    const terms = this.#terms(this.#linkPoints, this.#pointsBelow([], 100));
    const primary = cheapest(terms);
    if (primary === undefined) return [];
    const ways = [primary];
    this.#addAlternates(ways);
    if (ways.length > 1 && this.#overlapOf(ways[1]!, primary) > 0) {
      // The cheapest way bars every other one. Two that are apart need not have it between them: whichever node fails, one of them is left.
      const pair = disjointPair(
        this.#terms(this.#linkPoints, this.#pointsBelow([primary], ALTERNATES_PERCENT)),
        primary,
      );
      if (pair !== undefined) {
        ways.splice(1, ways.length, ...pair.filter((way) => !isIn(way, [primary])));
        this.#addAlternates(ways);
      }
    }
    return ways.map((way) => this.#routeOf(way));
  }

  #addAlternates(ways: number[][]): void {
    while (ways.length < ROUTES_MAX) {
      const way = cheapest(this.#apartFrom(ways));
      if (way === undefined || isIn(way, ways)) return;
      ways.push(way);
    }
  }

  #look(place: number, node: GraphNode): void {
    const { plan, coordinators, weights, avoid, graph } = this.#options;
    const { offer } = node.report;
    if (offer === undefined || avoid?.has(node.name) === true) return;
    if (!this.#want.classes.every((each) => offer.classes.includes(each))) return;
    const share = Math.floor(offer.rate / Math.max(1, coordinators));
    const load = plan.loadOf(node.name, slotOfWant(this.#want));
    if (plan.pairsOf(node.name) + ROUTES_MAX > PERMIT_PAIRS_MAX) return;
    const planned = share === 0 ? 100 : Math.min(100, Math.floor((100 * load) / share));
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

  /** The terms of a search for a way that shares as little as can be with others. */
  #apartFrom(ways: readonly (readonly number[])[]): SearchTerms {
    const { graph } = this.#options;
    const links = this.#linkPoints.slice();
    const relays = this.#pointsBelow(ways, ALTERNATES_PERCENT);
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

function isIn(way: readonly number[], ways: readonly (readonly number[])[]): boolean {
  return ways.some((other) => other.length === way.length && other.every((edge, at) => edge === way[at]));
}

/** Points of all links, which are the same for each lease of a graph: each costs something, whatever the weights are. */
const linkPointsByGraph = new WeakMap<RouteGraph, { readonly weights: Weights; readonly points: Float64Array }>();

function linkPointsOf(graph: RouteGraph, weights: Weights): Float64Array {
  const known = linkPointsByGraph.get(graph);
  if (known?.weights === weights) return known.points;
  const points = Float64Array.from(graph.links, ({ figures }) => Math.max(1, pointsOf(unitsOfLink(figures), weights)));
  linkPointsByGraph.set(graph, { weights, points });
  return points;
}
