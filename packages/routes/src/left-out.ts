/** Relays and links that are in no route of a lease, and why: for people who ask why a lease has the routes that it has. Composing does not need it. */
import type { ReportedLink } from "@florenetes/facts";
import { type ComposeOptions, fillPercent, linkPointsOf, slotOfWant, type Want } from "./compose.ts";
import { pointsOf, unitsOfRelay } from "./costs.ts";
import type { GraphNode, RouteGraph } from "./graph.ts";
import { MORE_ROUTES_PERCENT, MTU_MIN } from "./limits.ts";
import type { PlannedRoute } from "./plan.ts";
import { relayFault, type RelayFault, roomAt } from "./relays.ts";
import { compareNames } from "./reports.ts";
import { costsFrom } from "./search.ts";

export interface LeftOutRelay {
  readonly relay: string;
  /** `no-room`: less of the part of its share that another route of the lease may fill is free than the lease's rate. `no-way`: no 8 links lead over it. `dearer`: a lease may go over it, and the routes that were taken cost less, or share less. `later`: a route over it costs less than the primary, and could not be had when the lease was composed. */
  readonly why: RelayFault | "no-room" | "no-way" | "dearer" | "later";
  /** The least cost of a route over it, where there is one: `dearer` or `later`. */
  readonly cost: number | undefined;
  /** The share of its offer that this coordinator plans with, and what other leases take of it, in kbit/s; undefined: it offers nothing. */
  readonly share: number | undefined;
  readonly load: number | undefined;
}

export interface LeftOutLink {
  readonly node: string;
  readonly peer: string;
  readonly tag: string;
  /** `no-report`: the peer reports nothing. `one-end`: the peer does not tell the link. `mtu`: it carries no packets of 1,200 bytes. */
  readonly why: "no-report" | "one-end" | "mtu";
}

/**
 * Relays that are on no route of a lease: those over which a route can be had first, the cheapest of them first.
 *
 * @param rate The rate of the lease, in kbit/s
 * @param relays Nodes with the role of relays, whether they report or not
 */
export function leftOutRelays(
  want: Want,
  { rate, routes }: { readonly rate: number; readonly routes: readonly PlannedRoute[] },
  relays: Iterable<string>,
  options: ComposeOptions,
): LeftOutRelay[] {
  const { graph } = options;
  const used = new Set(routes.flatMap(({ pairs }) => pairs.map(({ relay }) => relay)));
  const offering = graph.nodes.flatMap(({ name, report }) => (report.offer === undefined ? [] : [name]));
  const names = new Set([...relays, ...offering].filter((name) => !used.has(name)));
  for (const end of [want.origin, want.host]) names.delete(end);
  const costOver = costsOver(want, options);
  // Beside two other routes it would be the third one.
  const percent = (fillPercent(want.rate, rate) * (routes.length > 1 ? MORE_ROUTES_PERCENT : 100)) / 100;
  const found = [...names].map((relay): LeftOutRelay => {
    const place = graph.placeOf(relay);
    const { share, load } =
      place === undefined ? { share: undefined, load: undefined } : roomAt(place, slotOfWant(want), options);
    const fault = relayFault(relay, want, options);
    const cost = fault === undefined && place !== undefined ? costOver(place) : Infinity;
    const isFull = (load ?? 0) + rate > Math.floor(((share ?? 0) * percent) / 100);
    const open = !Number.isFinite(cost) ? "no-way" : cost < (routes[0]?.route.cost ?? 0) ? "later" : "dearer";
    const why = fault ?? (isFull ? "no-room" : open);
    return { relay, why, cost: why === open && open !== "no-way" ? cost : undefined, share, load };
  });
  return found.sort((a, b) => rankOf(a) - rankOf(b) || compareNames(a.relay, b.relay));
}

function rankOf({ cost }: LeftOutRelay): number {
  return cost ?? Number.MAX_SAFE_INTEGER;
}

/** The least cost of a way from the origin to the host that goes over a node, by the node's place. */
function costsOver(want: Want, options: ComposeOptions): (place: number) => number {
  const { graph, weights } = options;
  const [from, to] = [graph.placeOf(want.origin), graph.placeOf(want.host)];
  if (from === undefined || to === undefined) return () => Infinity;
  const pointsAt = (node: GraphNode, place: number): number => {
    if (place === from || place === to || relayFault(node.name, want, options) !== undefined) return Infinity;
    const { planned } = roomAt(place, slotOfWant(want), options);
    const doubts = want.doubts?.get(node.name) ?? 0;
    return pointsOf(unitsOfRelay(node, { origin: graph.nodes[from]!, planned, doubts }), weights);
  };
  const relayPoints = Float64Array.from(graph.nodes, pointsAt);
  const terms = { graph, linkPoints: linkPointsOf(graph, weights), relayPoints };
  const [there, on] = [costsFrom(terms, from), costsFrom(terms, to)];
  return (place) => there[place]! + on[place]! - relayPoints[place]!;
}

/** Links of some nodes that count for nothing, in the order in which the nodes are named. */
export function leftOutLinks(graph: RouteGraph, names: Iterable<string>): LeftOutLink[] {
  return [...names].flatMap((node) => {
    const place = graph.placeOf(node);
    const links = place === undefined ? [] : graph.nodes[place]!.report.links;
    return links.flatMap((link) => {
      const why = linkFault(graph, node, link);
      return why === undefined ? [] : [{ node, peer: link.peer, tag: link.tag ?? "0", why }];
    });
  });
}

function linkFault(
  graph: RouteGraph,
  node: string,
  { peer, tag, figures }: ReportedLink,
): LeftOutLink["why"] | undefined {
  const place = graph.placeOf(peer);
  if (place === undefined) return "no-report";
  const far = graph.nodes[place]!.report.links.find((each) => each.peer === node && (each.tag ?? "0") === (tag ?? "0"));
  if (far === undefined) return "one-end";
  const [mtu, farMtu] = [figures, far.figures].map(([, , , , , bytes]) => bytes);
  return Math.min(mtu!, farMtu!) < MTU_MIN ? "mtu" : undefined;
}
