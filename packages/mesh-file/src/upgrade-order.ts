import { isAuto, leadsOf, type Mesh, type MeshLink } from "./mesh.ts";
import { resolveRoute } from "./route.ts";
import { linkKey, otherEnd, Topology } from "./topology.ts";

/** A node with leads to a service, and the ways that these take. */
export interface LeadWays {
  readonly node: string;
  readonly service: string;
  /** Nodes that a way crosses between its ends. */
  readonly relays: ReadonlySet<string>;
  /** Whether a way is left without some nodes, and without some links by `clusterLinkKey`. */
  readonly isJoined: (nodes: ReadonlySet<string>, links: ReadonlySet<string>) => boolean;
}

/** A node in the order of an upgrade. */
export interface UpgradeStep {
  readonly node: string;
  /** `end`: no way of others crosses the node. `relay`: all that cross it have another way. `only way`: some have none. */
  readonly role: "end" | "relay" | "only way";
  /** The leads that cross the node: of an `only way` those that have no other. */
  readonly crossing: readonly LeadWays[];
}

interface Way {
  readonly relays: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();
const ROLES: readonly UpgradeStep["role"][] = ["end", "relay", "only way"];

/** The key of a link among those of several clusters. */
export function clusterLinkKey({ cluster }: Pick<Mesh, "cluster">, link: Pick<MeshLink, "between" | "tag">): string {
  return `${cluster} ${linkKey(link)}`;
}

/** The ways of all leads of a mesh without problems, for each node and service. Leads between which no way is known are left out. */
export function waysOfLeads(mesh: Mesh): readonly LeadWays[] {
  const topology = new Topology(mesh);
  const paths = new Map(mesh.paths.map((path) => [path.name, path]));
  const groups = Map.groupBy(leadsOf(mesh), ({ node, service }) => `${node} ${service}`);
  return [...groups.values()].flatMap((leads): LeadWays[] => {
    const { node, service } = leads[0]!;
    const ways = leads.flatMap(({ path }) => writtenWay(topology, paths.get(path)?.hops ?? []));
    const host = mesh.services.find(({ name }) => name === service)?.node;
    const found = leads.some(({ path }) => isAuto(mesh, path)) && host !== undefined ? { host, topology } : undefined;
    const relays = new Set(ways.flatMap((way) => [...way.relays]));
    if (found !== undefined) for (const relay of relaysOf(mesh)) relays.add(relay);
    for (const end of [node, host]) if (end !== undefined) relays.delete(end);
    const isJoined: LeadWays["isJoined"] = (nodes, links) =>
      ways.some((way) => areApart(way.relays, nodes) && areApart(way.links, links)) ||
      (found !== undefined && hasRoute(found.topology, node, found.host, nodes, links));
    return isJoined(NONE, NONE) ? [{ node, service, relays, isJoined }] : [];
  });
}

/**
 * Orders the nodes of meshes for an upgrade of one after the other: those that ail already, ends, relays whose leads have another way, and at
 * last relays that are the only way. Among relays come first those that have a link that is down: another one may need them.
 *
 * @param ailing nodes that carry nothing at present
 * @param down links that are down, by `clusterLinkKey`
 */
export function orderUpgrade(
  meshes: readonly Mesh[],
  ailing: ReadonlySet<string>,
  down: ReadonlySet<string>,
): readonly UpgradeStep[] {
  const leads = meshes.flatMap(waysOfLeads);
  const nodes = new Set(meshes.flatMap((mesh) => mesh.nodes.map(({ name }) => name)));
  const isAtDown = (node: string): boolean =>
    meshes.some((mesh) =>
      mesh.links.some((link) => link.between.includes(node) && down.has(clusterLinkKey(mesh, link))),
    );
  const steps = [...nodes].map((node) => stepOf(node, leads));
  const ranks = new Map(
    steps.map((step) => {
      const first = [ailing.has(step.node) ? 0 : 1, ROLES.indexOf(step.role), isAtDown(step.node) ? 0 : 1];
      const rank = [...first, step.crossing.length];
      return [step.node, rank] as const;
    }),
  );
  return steps.toSorted((one, other) => compare(ranks.get(one.node)!, ranks.get(other.node)!));
}

/** The leads that have another way than over a node, which links that are down take away: the node must not go down now. */
export function leadsCut(leads: readonly LeadWays[], node: string, down: ReadonlySet<string>): readonly LeadWays[] {
  const without = new Set([node]);
  return leads.filter(
    ({ relays, isJoined }) =>
      relays.has(node) && isJoined(without, NONE) && isJoined(NONE, down) && !isJoined(without, down),
  );
}

function stepOf(node: string, leads: readonly LeadWays[]): UpgradeStep {
  const crossing = leads.filter(({ relays }) => relays.has(node));
  const cut = crossing.filter(({ isJoined }) => !isJoined(new Set([node]), NONE));
  if (cut.length > 0) return { node, role: "only way", crossing: cut };
  return { node, role: crossing.length > 0 ? "relay" : "end", crossing };
}

function writtenWay(topology: Topology, hops: readonly string[]): readonly Way[] {
  const result = resolveRoute(topology, hops, []);
  if ("problems" in result) return [];
  const steps = result.route.segments.flatMap((segment) => segment.steps);
  const relays = new Set(steps.slice(0, -1).map(({ to }) => to));
  return [{ relays, links: new Set(steps.map(({ link }) => clusterLinkKey(topology.mesh, link))) }];
}

/** Nodes that agents may be led over. */
function relaysOf({ fabric }: Mesh): readonly string[] {
  return Object.keys(fabric?.relays ?? {});
}

/** Whether a route over relays is left that agents may find. */
function hasRoute(
  topology: Topology,
  from: string,
  to: string,
  nodes: ReadonlySet<string>,
  links: ReadonlySet<string>,
): boolean {
  const relays = new Set(relaysOf(topology.mesh));
  const reached = new Set([from]);
  for (const here of reached) {
    if (here === to) return true;
    if (here !== from && (nodes.has(here) || !relays.has(here))) continue;
    for (const link of topology.neighbours(here).flatMap((peer) => topology.linksBetween(here, peer)))
      if (!links.has(clusterLinkKey(topology.mesh, link))) reached.add(otherEnd(link, here));
  }
  return false;
}

function areApart(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...some].every((each) => !others.has(each));
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((each, index) => each !== other[index]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}
