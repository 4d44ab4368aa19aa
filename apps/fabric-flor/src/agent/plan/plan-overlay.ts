/**
 * The overlay that a node's records come to. What is planned depends on the arguments alone: planned twice, it is the same, so that an
 * agent that was away changes nothing that is right.
 */
import { bodyOf, type Fact } from "@florenetes/facts";
import type { Overlay, OverlayLead, OverlayPath, View, ViewAuto } from "../door/view.ts";
import { OVERLAY_SIZE_MAX } from "../limits.ts";
import { chooseHost, type RankedHost } from "./host-choice.ts";
import type { NodeStanding } from "../records/standing.ts";
import type { HostPapers } from "./host-papers.ts";
import type { ServiceUse } from "./service-use.ts";

/** A hand-written way: a link, and the labels from its far end to the node. */
export interface Way {
  readonly link: string;
  readonly labels: readonly number[];
}

/** A service that is wanted here: under its own name, or under an alias. */
export interface WantedService {
  /** The name by which it is wanted. */
  readonly name: string;
  readonly use: ServiceUse;
  /** All that was said of the service has been taken back. */
  readonly isVoid: boolean;
}

export interface PlanOptions {
  /** This node. */
  readonly node: string;
  readonly view: View;
  readonly ways: ReadonlyMap<string, Way>;
  readonly wanted: readonly WantedService[];
  /** What is known of a node; undefined: nothing. */
  readonly papers: (node: string) => HostPapers | undefined;
  readonly standing: (node: string) => NodeStanding;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A host of a record, with the path to it. */
interface ReachedHost extends RankedHost {
  readonly path: OverlayPath;
  /** Whether packets get there, as far as this node sees. */
  readonly isUp: boolean;
  readonly record: Fact;
}

export interface Plan {
  readonly overlay: Overlay;
  /** Names of services for which there was no room. */
  readonly leftOut: readonly string[];
}

/** The nodes that a service's record names as its hosts. */
export function hostsOf(record: Fact): readonly string[] {
  return (bodyOf(record, "service")?.hosts ?? []).map(({ node }) => node);
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

/** Services whose candidates the view has proven: by a handshake over `next`, or as streams go to that host already. */
export function findProven(options: PlanOptions): readonly ServiceUse[] {
  return options.wanted.flatMap(({ name, use }) => {
    const auto = autoOf(name, options);
    const wish = chosenOf(use.candidate, name, options)?.path.name;
    if (auto === undefined || wish === undefined) return [];
    return wish === auto.path || (wish === auto.next && auto.state === "proven") ? [use] : [];
  });
}

/** The name of the path to a host of a service: a path never changes its host. */
export function pathName(service: string, host: string): string {
  return `auto.${service}.${host}`;
}

interface PlannedService {
  readonly lead: OverlayLead;
  readonly paths: readonly OverlayPath[];
}

function planService({ name, use, isVoid }: WantedService, options: PlanOptions): PlannedService | undefined {
  if (use.inUse.length === 0) return isVoid ? undefined : formerOf(name, options);
  const auto = autoOf(name, options);
  const reached = use.inUse.flatMap((record) => reachedHosts(name, record, options));
  const byName = (path: string | null | undefined): ReachedHost | undefined =>
    reached.find((host) => host.path.name === path);
  const present = byName(auto?.path);
  const next = nextOf(name, use, present, options);
  if (next === undefined) return undefined;
  const isProven = auto?.next === next.path.name && auto.state === "proven";
  const isCandidates = next.record === use.candidate;
  const path = isProven && !isCandidates ? next : present;
  const isMoved = path?.path.name !== next.path.name;
  const led = [path, ...(isMoved ? [next] : [])].filter((host) => host !== undefined);
  const lead = {
    service: name,
    ...(name !== use.service && { proves: use.service }),
    ...(path !== undefined && { path: path.path.name }),
    ...(isMoved && { next: next.path.name }),
    until: Math.max(...led.map((host) => host.path.until)),
  };
  // Open streams go on over paths that no lead takes any more.
  const kept = options.view.overlay.paths.flatMap((path) => byName(path.name) ?? []);
  return { lead, paths: [...led, ...kept].map(({ path }) => path) };
}

/**
 * The plan of an earlier life for a service of which nothing is known any more, as a state folder was lost: it goes on to its end, but to no host
 * that was taken back meanwhile.
 */
function formerOf(name: string, { view, standing, now }: PlanOptions): PlannedService | undefined {
  const isOpen = (path: OverlayPath): boolean => {
    const beginning = pathName(name, "");
    const host = path.name.startsWith(beginning) ? path.name.slice(beginning.length) : undefined;
    return host !== undefined && now < path.until && standing(host).kind !== "void";
  };
  const paths = view.overlay.paths.filter(isOpen);
  const has = (path: string | undefined): boolean => path === undefined || paths.some(({ name }) => name === path);
  const lead = view.overlay.leads.find(({ service }) => service === name);
  return lead !== undefined && now < lead.until && has(lead.path) && has(lead.next) ? { lead, paths } : undefined;
}

/** The host to which streams are to go: that of the candidate, unless this node gets nowhere at present and somewhere by other records. */
function nextOf(
  name: string,
  use: ServiceUse,
  present: ReachedHost | undefined,
  options: PlanOptions,
): ReachedHost | undefined {
  const wish = chosenOf(use.candidate, name, options);
  const proven = [use.active, ...use.fallbacks].map((record) => chosenOf(record, name, options));
  const known = proven.find((host) => host?.isUp) ?? proven.find((host) => host !== undefined);
  const isStuck = present?.isUp !== true && known?.isUp === true;
  return wish?.isUp === true && !isStuck ? wish : (known ?? wish ?? present);
}

function autoOf(name: string, { view }: PlanOptions): ViewAuto | undefined {
  return view.auto.find(({ service }) => service === name);
}

/** The host of a record that this node takes: of those that can be reached if there are any. */
function chosenOf(record: Fact | undefined, service: string, options: PlanOptions): ReachedHost | undefined {
  if (record === undefined) return undefined;
  const reached = reachedHosts(service, record, options);
  const up = reached.filter(({ isUp }) => isUp);
  return chooseHost(options.node, service, up.length > 0 ? up : reached);
}

/** The hosts of a record to which there is a path, whether or not its link is up. */
function reachedHosts(name: string, record: Fact, options: PlanOptions): readonly ReachedHost[] {
  const service = record.subject;
  const hosts = bodyOf(record, "service")?.hosts ?? [];
  return hosts.flatMap(({ node, priority, weight }): ReachedHost[] => {
    const standing = options.standing(node);
    const way = wayTo(node, service, options);
    if (standing.kind !== "node" || way === undefined) return [];
    const until = Math.min(record.expires, standing.until);
    if (until <= options.now) return [];
    const { isUp, ...route } = way;
    return [{ node, priority, weight, isUp, record, path: { name: pathName(name, node), ...route, until } }];
  });
}

/** The link and the labels that lead to a service at a node; without link: the node is this one. */
function wayTo(
  node: string,
  service: string,
  options: PlanOptions,
): { readonly link?: string; readonly labels: readonly number[]; readonly isUp: boolean } | undefined {
  const { view, ways, papers } = options;
  if (node === options.node) {
    const own = view.services.find(({ name }) => name === service);
    return own === undefined ? undefined : { labels: [own.label], isUp: true };
  }
  const label = papers(node)?.labels.get(service);
  if (label === undefined) return undefined;
  const links = view.links.filter(({ peer }) => peer === node);
  const direct = links.find(({ state }) => state === "up") ?? links[0];
  const way = ways.get(node);
  const wayLink = view.links.find(({ name }) => name === way?.link);
  if (wayLink !== undefined && (direct === undefined || (direct.state === "down" && wayLink.state === "up"))) {
    return { link: wayLink.name, labels: [...way!.labels, label], isUp: wayLink.state === "up" };
  }
  return direct === undefined ? undefined : { link: direct.name, labels: [label], isUp: direct.state === "up" };
}

/** The keys that a service may show: those of the hosts of all records in use. None is known, or all was taken back: it is let in nowhere. */
function servicePin(
  { use, isVoid }: WantedService,
  { node, view, standing, papers }: PlanOptions,
): readonly [string, readonly string[]] | undefined {
  const principal = `service/${use.service}`;
  if (use.inUse.length === 0 && !isVoid) return formerPin(principal, view);
  const hosts = new Set(use.inUse.flatMap(hostsOf));
  const own = view.services.find(({ name }) => name === use.service)?.keys ?? [];
  const keys = [...hosts]
    .filter((host) => standing(host).kind === "node")
    .flatMap((host) => (host === node ? own : (papers(host)?.keys ?? [])));
  return [principal, [...new Set(keys)].toSorted()];
}

/** The keys that neighbours and their agents may show. One that was taken back is let in nowhere; one without a record is bound by nothing. */
function* peerPins({ view, standing, papers }: PlanOptions): Generator<readonly [string, readonly string[]], void> {
  for (const peer of new Set(view.links.map(({ peer }) => peer))) {
    const { kind } = standing(peer);
    const keys = kind === "node" ? papers(peer)?.keys.toSorted() : [];
    for (const principal of [`vertex/${peer}`, `service/fabric.${peer}`]) {
      const pin = kind === "unknown" || keys === undefined ? formerPin(principal, view) : ([principal, keys] as const);
      if (pin !== undefined) yield pin;
    }
  }
}

/** What an earlier life has pinned stays while nothing is known: whoever is to be let in again needs a record. */
function formerPin(principal: string, { overlay }: View): readonly [string, readonly string[]] | undefined {
  const keys = Object.hasOwn(overlay.pins, principal) ? overlay.pins[principal] : undefined;
  return keys === undefined ? undefined : [principal, keys];
}

/** Octets of JSON: names, hashes and numbers are ASCII. */
function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
