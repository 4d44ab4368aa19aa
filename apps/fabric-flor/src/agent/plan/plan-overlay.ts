/**
 * The overlay that a node's records come to. The plan depends on the arguments alone: planned twice, it is the same, so that an
 * agent that was away changes nothing that is right.
 */
import { bodyOf, type Fact } from "@florenetes/facts";
import type { Overlay, OverlayLead, OverlayPath, View } from "../door/view.ts";
import { OVERLAY_SIZE_MAX } from "../limits.ts";
import type { NodeStanding } from "../records/standing.ts";
import { hostOfPath, pathName, recordsInUse, type WantedService } from "./used-services.ts";
import { routeTo, type WayOptions } from "./ways.ts";

export interface PlanOptions extends WayOptions {
  readonly wanted: readonly WantedService[];
  readonly standing: (node: string) => NodeStanding;
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
  let size = sizeOf([...pins]);
  for (const wanted of options.wanted) {
    const planned = planService(wanted, options);
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
  return { overlay: { paths: [...paths.values()], leads, pins: Object.fromEntries(pins) }, leftOut };
}

/** The nodes that a service's record names as its hosts. */
export function hostsOf(record: Fact): readonly string[] {
  return (bodyOf(record, "service")?.hosts ?? []).map(({ node }) => node);
}

interface PlannedService {
  readonly lead: OverlayLead;
  readonly paths: readonly OverlayPath[];
}

function planService(wanted: WantedService, options: PlanOptions): PlannedService | undefined {
  const { name, service, isVoid, state } = wanted;
  const records = recordsInUse(state);
  if (records.length === 0) return isVoid ? undefined : formerOf(name, options);
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
  const led = [path, ...(isMoved ? [next] : [])].filter((path) => path !== undefined);
  // Traffic stays where it was while nothing is known yet of the hosts that the records name.
  if (led.length === 0) return isVoid ? undefined : formerOf(name, options);
  const lead = {
    service: name,
    ...(name !== service && { proves: service }),
    ...(path !== undefined && { path: path.name }),
    ...(isMoved && { next: next.name }),
    until: Math.max(...led.map(({ until }) => until)),
  };
  // Open streams go on over paths that no lead takes any more.
  const kept = options.view.overlay.paths.map((path) => pathTo(hostOfPath(name, path.name)));
  return { lead, paths: [...led, ...kept.filter((path) => path !== undefined)] };
}

/** The path to a host; undefined where the host is none, or there is no way to it. */
function pathOf(
  { name, service }: WantedService,
  host: string,
  until: number,
  options: PlanOptions,
): OverlayPath | undefined {
  const standing = options.standing(host);
  const route = routeTo(host, service, options);
  if (standing.kind !== "node" || standing.until <= options.now || route === undefined) return undefined;
  const { link, labels } = route;
  return {
    name: pathName(name, host),
    ...(link !== undefined && { link }),
    labels,
    until: Math.min(until, standing.until),
  };
}

/**
 * The plan of an earlier life for a service of which nothing is known any more, or nothing of its hosts, as a state folder was lost: it goes on to
 * its end, but to no host that was taken back meanwhile.
 */
function formerOf(name: string, { view, standing, now }: PlanOptions): PlannedService | undefined {
  const isOpen = (path: OverlayPath): boolean => {
    const host = hostOfPath(name, path.name);
    return host !== undefined && now < path.until && standing(host).kind !== "void";
  };
  const paths = view.overlay.paths.filter(isOpen);
  const has = (path: string | undefined): boolean => path === undefined || paths.some(({ name }) => name === path);
  const lead = view.overlay.leads.find(({ service }) => service === name);
  return lead !== undefined && now < lead.until && has(lead.path) && has(lead.next) ? { lead, paths } : undefined;
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
