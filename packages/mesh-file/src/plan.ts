import { routeTransit, routeWords, resolveLsp, resolveRoute } from "./route.ts";
import type { Route, Step, Word } from "./route.ts";
import { assignLabels } from "./lock.ts";
import type { LabelLock, RandomBelow } from "./lock.ts";
import type { Mesh, MeshLead, MeshLink, MeshLsp, MeshPath, MeshService } from "./mesh.ts";
import { isAuto, leadsOf } from "./mesh.ts";
import { boundedName } from "./names.ts";
import { linkKey, parseHop, Topology } from "./topology.ts";

/** The plan of a mesh without problems: the routes of its tunnels, and all labels. */
export interface MeshPlan {
  readonly topology: Topology;
  readonly lock: LabelLock;
  readonly routes: readonly PlannedRoute[];
  /** Ways of agents to nodes that are no neighbours. */
  readonly ways: readonly Route[];
  readonly lsps: readonly { readonly lsp: MeshLsp; readonly steps: readonly Step[] }[];
  /** Pairs of links by node, each pair once. */
  readonly transit: ReadonlyMap<string, readonly (readonly [MeshLink, MeshLink])[]>;
}

/** A path as a tunnel uses it: with the service at its end. */
export interface PlannedRoute {
  /** Unique at the route's origin. */
  readonly name: string;
  readonly path: MeshPath;
  readonly route: Route;
  readonly service: MeshService;
}

/**
 * Plans a mesh. Labels in the lock stay as they are; new ones are drawn at random.
 *
 * @throws RangeError when the mesh has problems (`checkMesh` names them)
 */
export function planMesh(mesh: Mesh, lock: LabelLock, randomBelow: RandomBelow): MeshPlan {
  const topology = new Topology(mesh);
  const routes = planRoutes(topology);
  const lsps = mesh.lsps.map((lsp) => ({ lsp, steps: stepsOf(topology, lsp) }));
  const ways = planWays(topology);
  const needed = [...routes.map(({ route }) => route), ...ways];
  const transit = mesh.transit === undefined ? neededTransit(needed) : listedTransit(topology);
  return { topology, lock: assignLabels(lock, labelKeys(mesh, lsps), randomBelow), routes, ways, lsps, transit };
}

/** The links that each path of a mesh without problems crosses, in order, by the path's name. */
export function linksOfPaths(mesh: Mesh): ReadonlyMap<string, readonly MeshLink[]> {
  const topology = new Topology(mesh);
  return new Map(
    mesh.paths.map(({ name, hops, at }) => {
      const result = resolveRoute(topology, hops, at);
      const steps = "problems" in result ? [] : result.route.segments.flatMap((segment) => segment.steps);
      return [name, steps.map(({ link }) => link)];
    }),
  );
}

/** The adjacency label that a node gives to one of its links. */
export function adjacencyLabel(plan: MeshPlan, node: string, link: MeshLink): number {
  return labelOf(plan, adjacencyKey(node, link));
}

export function serviceLabel(plan: MeshPlan, service: string): number {
  return labelOf(plan, serviceKey(service));
}

/** The label of an LSP on one of its links: one number for both directions. */
export function lspLabel(plan: MeshPlan, lsp: MeshLsp, link: MeshLink): number {
  return labelOf(plan, lspKey(lsp, link));
}

/** The labels that a packet of a route starts with. */
export function routeLabels(plan: MeshPlan, { route, service }: PlannedRoute): readonly number[] {
  return [...wayLabels(plan, route), serviceLabel(plan, service.name)];
}

/** The labels that lead from the far end of a route's first link to its end. */
export function wayLabels(plan: MeshPlan, route: Route): readonly number[] {
  return routeWords(route).map((word) => wordLabel(plan, word));
}

function wordLabel(plan: MeshPlan, word: Word): number {
  return word.kind === "lsp" ? lspLabel(plan, word.lsp, word.link) : adjacencyLabel(plan, word.node, word.link);
}

function labelOf(plan: MeshPlan, key: string): number {
  const label = plan.lock.labels.get(key);
  if (label === undefined) throw new RangeError(`no label for ${key}`);
  return label;
}

function labelKeys(mesh: Mesh, lsps: MeshPlan["lsps"]): readonly string[] {
  return [
    ...mesh.links.flatMap((link) => link.between.map((node) => adjacencyKey(node, link))),
    ...mesh.services.map((service) => serviceKey(service.name)),
    ...lsps.flatMap(({ lsp, steps }) => steps.map((step) => lspKey(lsp, step.link))),
  ];
}

function adjacencyKey(node: string, link: MeshLink): string {
  return `link ${linkKey(link)} at ${node}`;
}

function serviceKey(name: string): string {
  return `service ${name}`;
}

function lspKey(lsp: MeshLsp, link: MeshLink): string {
  return `lsp ${lsp.name} on ${linkKey(link)}`;
}

/** The name of a tunnel's path, or of a session service's path, in the config of its node. */
export function routeName({ service, path }: Pick<MeshLead, "service" | "path">): string {
  return boundedName(`${service}.${path}`);
}

function planRoutes(topology: Topology): readonly PlannedRoute[] {
  const { mesh } = topology;
  const planned = new Map<string, PlannedRoute>();
  const paths = new Map(mesh.paths.map((path) => [path.name, path]));
  for (const lead of leadsOf(mesh)) {
    const name = routeName(lead);
    if (planned.has(name) || isAuto(mesh, lead.path)) continue;
    const path = paths.get(lead.path);
    const service = mesh.services.find((service) => service.name === lead.service);
    if (path === undefined || service === undefined) throw new RangeError(`a tunnel on ${lead.node} leads nowhere`);
    const result = resolveRoute(topology, path.hops, path.at);
    if ("problems" in result) throw new RangeError(result.problems[0]?.message ?? "the path has problems");
    planned.set(name, { name, path, route: result.route, service });
  }
  return [...planned.values()];
}

function planWays(topology: Topology): readonly Route[] {
  return (topology.mesh.fabric?.ways ?? []).map((hops, index) => {
    const result = resolveRoute(topology, hops, ["fabric", "ways", index]);
    if ("problems" in result) throw new RangeError(result.problems[0]?.message ?? "the way has problems");
    return result.route;
  });
}

function stepsOf(topology: Topology, lsp: MeshLsp): readonly Step[] {
  const result = resolveLsp(topology, lsp);
  if ("problems" in result) throw new RangeError(result.problems[0]?.message ?? "the LSP has problems");
  return result.steps;
}

/** Transit is denied unless configured: each node gets exactly the pairs of links that the tunnels' paths, and the ways of agents, cross. */
function neededTransit(routes: readonly Route[]): MeshPlan["transit"] {
  const transit = new Map<string, (readonly [MeshLink, MeshLink])[]>();
  const seen = new Set<string>();
  for (const { node, links } of routes.flatMap(routeTransit)) {
    const key = transitKey(node, links);
    if (seen.has(key)) continue;
    seen.add(key);
    transit.set(node, [...(transit.get(node) ?? []), links]);
  }
  return transit;
}

function listedTransit(topology: Topology): MeshPlan["transit"] {
  const linkOf = (node: string, hop: string): MeshLink => {
    const { node: peer, tag } = parseHop(hop);
    const link = topology.link(node, peer, tag);
    if (link === undefined) throw new RangeError(`transit on ${node} names no link: ${hop}`);
    return link;
  };
  return new Map(
    topology.mesh.transit?.map(({ node, pairs }) => [
      node,
      pairs.map(([one, other]) => [linkOf(node, one), linkOf(node, other)] as const),
    ]),
  );
}

/** Returns the key of an unordered pair of links at a node. */
export function transitKey(node: string, [one, other]: readonly [MeshLink, MeshLink]): string {
  return [node, ...[linkKey(one), linkKey(other)].sort()].join(" | ");
}
