/**
 * The overlay that a node's records come to. The plan depends on the arguments alone: planned twice, it is the same, so that an
 * agent that was away changes nothing that is right.
 */
import { ROUTES_MAX } from "@florenetes/facts";
import type { Overlay, OverlayLead, OverlayLink, OverlayPath, OverlayRoute, OverlayTransit } from "../door/overlay.ts";
import type { View } from "../door/view.ts";
import { OVERLAY_SIZE_MAX } from "../limits.ts";
import type { NodeStanding } from "../records/standing.ts";
import type { NamedService } from "./service-names.ts";
import { hostOfPath, hostsOf, pathName, recordsInUse, type WantedService } from "./used-services.ts";
import { type Route, routeTo, type WayOptions } from "./ways.ts";

/** A part of the overlay that another room adds. Times are milliseconds since 1970. */
export interface OverlayPart {
  /** Routes to a service at a host, the preferred one first; none: it has none. */
  readonly routesTo?: (service: NamedService, host: string, now: number) => readonly OverlayRoute[];
  /** Until when routes that were added before, and are no more, stay: milliseconds since 1970, by the clock as it is now; undefined: nothing was ever added here. */
  readonly formerUntil?: (service: NamedService, host: string) => number | undefined;
  readonly links?: (now: number) => readonly OverlayLink[];
  readonly transit?: (now: number) => readonly OverlayTransit[];
}

export interface PlanOptions extends WayOptions {
  readonly wanted: readonly WantedService[];
  readonly standing: (node: string) => NodeStanding;
  readonly parts: readonly OverlayPart[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Plan {
  readonly overlay: Overlay;
  /** Names of services for which there was no room. */
  readonly leftOut: readonly string[];
}

/** Plans the overlay. */
export function planOverlay(options: PlanOptions): Plan {
  const paths = new Map<string, OverlayPath>();
  const leads: OverlayLead[] = [];
  const leftOut: string[] = [];
  const pins = new Map(peerPins(options));
  const { transit, ...made } = partsOf(options);
  const among = amongLinks(options, made.links ?? []);
  const added = { ...made, ...openAmong(transit ?? [], among.view) };
  let size = sizeOf([[...pins], added]);
  for (const wanted of options.wanted) {
    const planned = planService(wanted, among);
    const pin = servicePin(wanted, options);
    size += sizeOf([planned, pin]);
    if (size > OVERLAY_SIZE_MAX) {
      leftOut.push(wanted.name);
      continue;
    }
    if (pin !== undefined) pins.set(...pin);
    if (planned === undefined) continue;
    leads.push(planned.lead);
    for (const path of planned.paths) paths.set(path.name, path);
  }
  return { overlay: { paths: [...paths.values()], leads, pins: Object.fromEntries(pins), ...added }, leftOut };
}

/** The options without links of the view that are in the order no more, and without routes over these: a vertex refuses an order whole that names such a link. */
function amongLinks(options: PlanOptions, ordered: readonly OverlayLink[]): PlanOptions {
  const { view, parts } = options;
  const names = new Set(ordered.map(({ name }) => name));
  const links = view.links.filter(({ name, overlay }) => !overlay || names.has(name));
  for (const { name } of links) names.add(name);
  const isThere = (link: string | undefined): boolean => link === undefined || names.has(link);
  const within = parts.map((part): OverlayPart => {
    const { routesTo } = part;
    if (routesTo === undefined) return part;
    return { ...part, routesTo: (...to) => routesTo(...to).filter(({ link }) => isThere(link)) };
  });
  const former = view.overlay.paths.flatMap((path) => {
    const routes = path.routes?.filter(({ link }) => isThere(link));
    return !isThere(path.link) || routes?.length === 0 ? [] : [{ ...path, ...(routes !== undefined && { routes }) }];
  });
  return { ...options, view: { ...view, links, overlay: { ...view.overlay, paths: former } }, parts: within };
}

/** Pairs of links of the view that stay: permits outlive a link, and a vertex refuses an order whole that opens one which it does not make. */
function openAmong(transit: readonly OverlayTransit[], { links }: View): Pick<Overlay, "transit"> {
  const names = new Set(links.map(({ name }) => name));
  const open = transit.filter(({ from, to }) => names.has(from) && names.has(to));
  return open.length > 0 ? { transit: open } : {};
}

/** Lists that other rooms add; one that is empty is left out, as vertices of earlier versions know none. */
function partsOf({ parts, now }: PlanOptions): Pick<Overlay, "links" | "transit"> {
  const [links, transit] = [
    parts.flatMap((part) => part.links?.(now) ?? []),
    parts.flatMap((part) => part.transit?.(now) ?? []),
  ];
  return {
    ...(links.length > 0 && { links }),
    ...(transit.length > 0 && { transit }),
  };
}

interface PlannedService {
  readonly lead: OverlayLead;
  readonly paths: readonly OverlayPath[];
}

function planService(wanted: WantedService, options: PlanOptions): PlannedService | undefined {
  const { name, service, isVoid, state } = wanted;
  const records = recordsInUse(state);
  if (records.length === 0) return isVoid ? undefined : formerOf(wanted, options);
  const auto = options.view.auto.find((auto) => auto.service === name);
  const pathTo = (host: string | undefined): OverlayPath | undefined => {
    // A path rests on the record that names its host the longest.
    const until = Math.max(
      ...records.filter((record) => hostsOf(record).includes(host!)).map(({ expires }) => expires),
    );
    return host === undefined || until <= options.now ? undefined : pathOf(wanted, host, until, options);
  };
  // Streams wait where they are while all links are down.
  const path = pathTo(state.path?.host) ?? pathTo(hostOfPath(name, auto?.path ?? null));
  const next = pathTo(state.next?.host);
  const isMoved = next !== undefined && next.name !== path?.name;
  // New streams need not wait for the agent to hear that the next host is proven, where the one in use has failed.
  const other = state.path === undefined ? next : pathTo(state.standby?.host);
  const isOther = auto?.standby !== undefined && path !== undefined && other?.name !== path.name;
  const standby = isOther ? other : undefined;
  const led = [path, ...(isMoved ? [next] : []), standby].filter((path) => path !== undefined);
  // Traffic stays where it was while nothing is known yet of the hosts that the records name.
  if (led.length === 0) return isVoid ? undefined : formerOf(wanted, options);
  const lead = {
    service: name,
    ...(name !== service && { proves: service }),
    ...(path !== undefined && { path: path.name }),
    ...(isMoved && { next: next.name }),
    ...(standby !== undefined && { standby: standby.name }),
    until: Math.max(...led.map(({ until }) => until)),
  };
  // Open streams go on over paths that no lead takes any more. A vertex of an earlier version does not tell where there are any.
  const { used, overlay } = options.view;
  const former = overlay.paths.filter((path) => used?.includes(path.name) !== false);
  const kept = former.map((path) => pathTo(hostOfPath(name, path.name)));
  return { lead, paths: [...led, ...kept.filter((path) => path !== undefined)] };
}

/** The path to a host; undefined where the host is none, or there is no way to it. */
function pathOf(wanted: WantedService, host: string, until: number, options: PlanOptions): OverlayPath | undefined {
  const { name, service } = wanted;
  const standing = options.standing(host);
  if (standing.kind !== "node" || standing.until <= options.now) return undefined;
  const ends = Math.min(until, standing.until);
  const direct = routeTo(host, service, options);
  const routes = routesOf(wanted, host, ends, options);
  if (routes.length > 0) {
    return { name: pathName(name, host), routes, until: Math.max(...routes.map((route) => route.until)) };
  }
  if (direct === undefined) return undefined;
  const { link, labels } = direct;
  return { name: pathName(name, host), ...(link !== undefined && { link }), labels, until: ends };
}

/** Routes to a service at a host that rooms add, behind the neighbour's own link while that is up; none where no room adds any. */
function routesOf(service: NamedService, host: string, ends: number, options: PlanOptions): readonly OverlayRoute[] {
  const added = addedRoutes(service, host, options);
  if (added.length === 0 || host === options.node) return [];
  const { via, ...direct }: Route = routeTo(host, service.service, options) ?? { labels: [], isUp: false };
  const { link, labels, isUp } = direct;
  const own = isUp && link !== undefined && via === host ? [{ link, labels, via: [host], until: ends }] : [];
  const others = added.filter((route) => !own.some((first) => isSameRoute(first, route)));
  return [...own, ...others.map((route) => ({ ...route, until: Math.min(route.until, ends) }))].slice(0, ROUTES_MAX);
}

/** Routes that rooms add, and that have not ended. */
function addedRoutes(
  service: NamedService,
  host: string,
  { parts, now }: Pick<PlanOptions, "parts" | "now">,
): readonly OverlayRoute[] {
  return parts.flatMap((part) => part.routesTo?.(service, host, now) ?? []).filter(({ until }) => now < until);
}

function isSameRoute(a: OverlayRoute, b: OverlayRoute): boolean {
  return a.link === b.link && JSON.stringify(a.labels) === JSON.stringify(b.labels);
}

/** Whether packets get to a service at a host, as far as this node sees. */
export function canReach(service: NamedService, host: string, options: Omit<PlanOptions, "wanted">): boolean {
  const isUp = (name: string): boolean => options.view.links.some((link) => link.name === name && link.state === "up");
  return (
    routeTo(host, service.service, options)?.isUp === true ||
    addedRoutes(service, host, options).some(({ link }) => isUp(link))
  );
}

/**
 * The plan of an earlier life for a service of which nothing is known any more, or nothing of its hosts, as a state folder was lost: it goes on to
 * its end, but to no host, and over no node, that was taken back meanwhile. Routes that rooms have added in this life, and add no more, stay as long as these say.
 */
function formerOf(wanted: WantedService, { view, standing, parts, now }: PlanOptions): PlannedService | undefined {
  const { name } = wanted;
  const isVoid = (node: string): boolean => standing(node).kind === "void";
  const paths = view.overlay.paths.flatMap((path) => {
    const host = hostOfPath(name, path.name);
    if (host === undefined || isVoid(host)) return [];
    const routes = path.routes?.filter(({ via }) => !via.some(isVoid));
    if (routes === undefined) return now < path.until ? [path] : [];
    // Ends that were ordered before say nothing where the clock was put meanwhile.
    const ends = parts.flatMap(({ formerUntil }) => formerUntil?.(wanted, host) ?? []);
    const until = ends.length === 0 ? path.until : Math.min(...ends);
    const left = routes.map((route) => ({ ...route, until: ends.length === 0 ? route.until : until }));
    return left.length === 0 || until <= now ? [] : [{ ...path, routes: left, until }];
  });
  const has = (path: string | undefined): boolean => path === undefined || paths.some(({ name }) => name === path);
  const lead = view.overlay.leads.find(({ service }) => service === name);
  if (lead === undefined || now >= lead.until || !has(lead.path) || !has(lead.next)) return undefined;
  const { standby, ...used } = lead;
  return { lead: has(standby) ? lead : used, paths };
}

/**
 * The keys that a service may show: those of the hosts of all records in use. None is known, or all was taken back: it is let in nowhere. While
 * nothing is known of a host, and none was taken back, former keys count, too.
 */
function servicePin(
  { service, state, isVoid }: WantedService,
  { node, view, standing, papers }: PlanOptions,
): readonly [string, readonly string[]] | undefined {
  const principal = `service/${service}`;
  const records = recordsInUse(state);
  if (records.length === 0 && !isVoid) return formerPin(principal, view);
  const own = view.services.find(({ name }) => name === service)?.keys ?? [];
  const hosts = [...new Set(records.flatMap(hostsOf))];
  const keysOf = (host: string): readonly string[] | undefined => (host === node ? own : papers(host)?.keys);
  const isKnown = (host: string): boolean => standing(host).kind === "node" && keysOf(host) !== undefined;
  const keys = hosts.filter(isKnown).flatMap((host) => keysOf(host)!);
  const doFormerCount = !hosts.every(isKnown) && hosts.every((host) => standing(host).kind !== "void");
  const former = doFormerCount ? (formerPin(principal, view)?.[1] ?? []) : [];
  return [principal, [...new Set([...keys, ...former])].toSorted()];
}

/** The keys that neighbours and their agents may show. One that was taken back is let in nowhere; one without a record is bound by nothing. */
function* peerPins({ view, standing, papers }: PlanOptions): Generator<readonly [string, readonly string[]], void> {
  for (const peer of new Set(view.links.map(({ peer }) => peer))) {
    const { kind } = standing(peer);
    const keys = kind === "node" ? papers(peer)?.keys.toSorted() : [];
    for (const principal of [`vertex/${peer}`, `service/fabric.${peer}`]) {
      const pin = kind === "unknown" || keys === undefined ? formerPin(principal, view) : ([principal, keys] as const);
      // A node that is let in again after its announcement has ended could bring no other one to a neighbour that lets it in nowhere.
      const isLetInAgain = kind === "node" && keys === undefined && pin?.[1].length === 0;
      if (pin !== undefined && !isLetInAgain) yield pin;
    }
  }
}

/** The pins of an earlier life stay while nothing is known: whoever is to be let in again needs a record. */
function formerPin(principal: string, { overlay }: View): readonly [string, readonly string[]] | undefined {
  const keys = Object.hasOwn(overlay.pins, principal) ? overlay.pins[principal] : undefined;
  return keys === undefined ? undefined : [principal, keys];
}

/** Octets of JSON: names, hashes and numbers are ASCII. */
function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
