/** The config that runs: the operator's file, with the parts that the key `fabric` stands for, and with the overlay. The file always wins. */
import { LABEL_AGENT, TrafficClass } from "@florenetes/forwarding";
import type {
  AllowedWorkloads,
  ClusterConfig,
  FabricConfig,
  LeadConfig,
  LinkConfig,
  PathConfig,
  RouteConfig,
  ServiceConfig,
  SessionConfig,
  VertexConfig,
} from "./cluster-config.ts";
import { SESSION_KEEP_MS, SESSION_STREAMS, SESSIONS } from "./limits.ts";
import { linksOver } from "./overlay-links.ts";
import { layTransit } from "./lay-over-transit.ts";
import { NO_PINS } from "./vertex-pins.ts";
import type { Lead, LeaveOut, Overlay, OverlayPath, OverlayRoute } from "./overlay.ts";

/** A part of the overlay that the operator's file does not let in. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** A whole config whose tunnels all have a path. */
type LaidConfig = Omit<ClusterConfig, keyof VertexConfig> & VertexConfig;

export interface Laid {
  readonly config: LaidConfig;
  readonly leftOut: readonly LeftOut[];
}

/** Names of paths and links that begin so are the overlay's. */
export const OVERLAY_PATH_PREFIX = "auto.";
/** Connecting needs the right to write. */
const GROUP_MAY_WRITE = 0o020;

/** The name of the service at which the agent of a vertex is spoken to. */
function agentService(vertex: string): string {
  return `fabric.${vertex}`;
}

/**
 * The users and groups that the node's control agent may be of, at the door and at its socket of sessions: this process's own user, root, and the
 * owner of both sockets; its group where the mode lets that in.
 */
export function agentAccounts({ mode = 0, owner }: Pick<FabricConfig, "mode" | "owner">): AllowedWorkloads {
  const users = new Set([process.geteuid!(), 0, owner?.uid ?? 0]);
  return { users: [...users], groups: owner !== undefined && (mode & GROUP_MAY_WRITE) !== 0 ? [owner.gid] : [] };
}

/**
 * Lays the overlay over a config. Without the key `fabric` the config stays as it is.
 *
 * @param now Milliseconds since 1970: parts of the overlay that have ended are passed over
 */
export function layOver(config: ClusterConfig, overlay: Overlay, now: number): Laid {
  const { fabric } = config;
  const paths = new PathList(config.paths);
  const leftOut: LeftOut[] = [];
  const leaveOut = (what: string, why: string): void => void leftOut.push({ what, why });
  const made = fabric === undefined ? [] : linksOver(overlay.links ?? [], config, now, leaveOut);
  const links = [...config.links, ...made];
  const linkOf = new Map(links.map(({ name }, index) => [name, index]));
  const leads: LeadConfig[] = [];
  if (fabric !== undefined) {
    for (const path of overlay.paths) {
      if (path.until > now) addPath(paths, path, { links, linkOf, leaveOut, now });
    }
    for (const lead of overlay.leads) {
      if (lead.until > now) addLead(leads, paths, lead, leaveOut);
    }
  }
  const led = <Part extends { readonly service: string; readonly path: number | undefined }>(part: Part): Led<Part> => {
    const { service: auto, path } = part;
    if (path !== undefined) return { ...part, path };
    const lead = leads.find(({ service }) => service === auto);
    return { ...part, auto, service: lead?.proves ?? auto, path: lead?.path ?? paths.unled(auto) };
  };
  const tunnels = config.tunnels.map(led);
  const sessions: SessionConfig[] = config.sessions.map((socket) => ({
    ...socket,
    services: socket.services.map(led),
  }));
  if (fabric === undefined) return { config: { ...config, tunnels, sessions, leads, pins: NO_PINS }, leftOut };
  const services = withAgent({ ...config, links }, fabric, leaveOut);
  sessions.push(agentSessions(links, fabric, paths));
  const permits = layTransit(config, overlay.transit ?? [], linkOf, now, leaveOut);
  const pins = { keys: overlay.pins, bindAll: fabric.doPinsBindAll };
  return { config: { ...config, links, services, paths: paths.all, permits, tunnels, sessions, leads, pins }, leftOut };
}

/** A part that has a path, its own or that of a lead. */
type Led<Part> = Part & { readonly path: number; readonly auto?: string };

/** Paths by their names and indices. */
class PathList {
  readonly all: PathConfig[];
  readonly #indices: Map<string, number>;

  constructor(paths: readonly PathConfig[]) {
    this.all = [...paths];
    this.#indices = new Map(paths.map(({ name }, index) => [name, index]));
  }

  indexOf(name: string): number | undefined {
    return this.#indices.get(name);
  }

  /** The index of a path of the overlay; undefined: it has none of that name. */
  overlaid(name: string): number | undefined {
    const index = this.indexOf(name);
    return index !== undefined && this.all[index]!.isOverlay === true ? index : undefined;
  }

  add(path: PathConfig): number {
    const index = this.all.push(path) - 1;
    this.#indices.set(path.name, index);
    return index;
  }

  /** The path of those who have none: no connection is made over it. No path of a file or an overlay has such a name. */
  unled(service: string): number {
    const name = `auto:${service}`;
    const problem = `no host of service ${service} is known: the fabric agent of this node has found none`;
    return this.indexOf(name) ?? this.add({ name, link: undefined, labels: [0], mtu: undefined, problem });
  }
}

interface Ground {
  readonly links: readonly LinkConfig[];
  readonly linkOf: ReadonlyMap<string, number>;
  readonly leaveOut: LeaveOut;
  readonly now: number;
}

function addPath(paths: PathList, { name, link, labels = [], routes }: OverlayPath, ground: Ground): void {
  const { links, linkOf, leaveOut } = ground;
  const what = `path ${name}`;
  if (paths.indexOf(name) !== undefined) return leaveOut(what, "the config file has a path of that name");
  const path = { name, mtu: undefined, isOverlay: true } as const;
  if (routes !== undefined) {
    const usable = routesOf(name, routes, ground);
    const first = usable.find(({ avoid }) => avoid?.why !== "fenced");
    if (first !== undefined) paths.add({ ...path, link: first.link, labels: first.labels, routes: usable });
    return;
  }
  if (link === undefined) {
    paths.add({ ...path, link, labels });
    return;
  }
  const index = linkOf.get(link);
  if (index === undefined) return leaveOut(what, `there is no link ${link}`);
  // The agent leaves a host only when it hears that routes have failed: a path that has one way alone has it as its only route.
  const only: RouteConfig = { link: index, labels, name: onlyRouteName(links[index]!.peer, labels) };
  paths.add({ ...path, link: index, labels, routes: [only] });
}

/** The neighbour, which is the host; with the labels where vertices follow whose names are not known. */
function onlyRouteName(neighbour: string, labels: readonly number[]): string {
  return labels.length === 1 ? neighbour : `${neighbour} (${labels.join(" ")})`;
}

/** The routes of a path that have not ended, and whose first links are there. */
function routesOf(path: string, routes: readonly OverlayRoute[], { linkOf, leaveOut, now }: Ground): RouteConfig[] {
  return routes.flatMap((route) => {
    const { link, labels, avoid, share, until } = route;
    const name = routeName(route, routes);
    const index = linkOf.get(link);
    if (index === undefined) leaveOut(`route ${name} of path ${path}`, `there is no link ${link}`);
    if (index === undefined || until <= now) return [];
    const classes = avoid?.classes && new Set(avoid.classes.map((each) => TrafficClass[each]));
    return { link: index, labels, name, avoid: avoid && { why: avoid.why, classes }, share };
  });
}

/** The vertices of a route; behind them its first link and its labels, where another route of the path comes by the same vertices. */
function routeName({ link, labels, via }: OverlayRoute, all: readonly OverlayRoute[]): string {
  const name = via.join(">");
  const isAlone = all.filter((each) => each.via.join(">") === name).length === 1;
  return isAlone ? name : `${name} (${link} ${labels.join(" ")})`;
}

function addLead(leads: LeadConfig[], paths: PathList, lead: Lead, leaveOut: LeaveOut): void {
  const { service, proves = service, path, next, standby } = lead;
  const missing = [path, next].find((name) => name !== undefined && paths.overlaid(name) === undefined);
  if (missing !== undefined)
    return leaveOut(`lead ${service}`, `the overlay has no path ${missing} that could be used`);
  const indexOf = (name: string | undefined): number | undefined =>
    name === undefined ? undefined : paths.overlaid(name);
  // Without a standby that could be used the lead is as good as before. The path in use stands by for nothing.
  const other = standby === path ? undefined : standby;
  leads.push({ service, proves, path: indexOf(path), next: indexOf(next), standby: indexOf(other) });
}

/** The service at which agents of neighbours reach this node's one. */
function withAgent(config: ClusterConfig, fabric: FabricConfig, leaveOut: LeaveOut): readonly ServiceConfig[] {
  const { vertex, links, services } = config;
  const name = agentService(vertex);
  if (services.some((service) => service.name === name)) {
    leaveOut(`service ${name}`, "the config file has a service of that name");
    return services;
  }
  const agent: ServiceConfig = {
    name,
    label: LABEL_AGENT,
    identity: fabric.identity,
    target: { kind: "session", path: fabric.agent },
    tellsPrincipal: false,
    allow: [...new Set(links.map(({ peer }) => `service/${agentService(peer)}`))],
    classes: new Set([TrafficClass.control]),
    isOverlay: true,
  };
  return [...services, agent];
}

/** The socket at which this node's agent opens streams to those of its neighbours: each is named like the link that leads there. */
function agentSessions(links: readonly LinkConfig[], fabric: FabricConfig, paths: PathList): SessionConfig {
  const services = links.map(({ name, peer }, link) => ({
    name,
    service: agentService(peer),
    path: paths.add({ name: `fabric:${name}`, link, labels: [LABEL_AGENT], mtu: undefined, isOverlay: true }),
    keepMs: SESSION_KEEP_MS,
  }));
  return {
    name: `unix:${fabric.sessions}`,
    listen: fabric.sessions,
    mode: fabric.mode,
    owner: fabric.owner,
    as: fabric.identity,
    allow: agentAccounts(fabric),
    services,
    sessionsMax: SESSIONS,
    streamsMax: SESSION_STREAMS,
    takesControl: true,
  };
}
