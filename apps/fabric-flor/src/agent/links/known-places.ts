/** The nodes that a node may make links to, with the endpoints that records have of them. */
import { bodyOf, type Endpoint, type FactBook, plainEndpoint, readRoleSubject } from "@florenetes/facts";
import { standingOf } from "../records/standing.ts";
import { CROWDED, FEW_PLACES } from "./crowding.ts";
import type { Place, Sort, Source, SourcedEndpoint } from "./ranking.ts";
import type { WorkedEndpoints } from "./worked-endpoints.ts";

/** Roles whose nodes let others in: edges make their links to these. */
const HUB_ROLES: ReadonlySet<string> = new Set(["relay", "entry"]);

export interface KnownPlaces {
  readonly places: readonly Place[];
  /** This node is a relay, an entry or a seed. */
  readonly isHub: boolean;
  /** Relays, entries and seeds. */
  readonly hubs: ReadonlySet<string>;
  /** Hubs that say that they are crowded. */
  readonly crowded: ReadonlySet<string>;
  /** Seeds that say that they have few places: who has another link leaves these to those who have none. */
  readonly fullSeeds: ReadonlySet<string>;
  /** All others that let others in, and that say how they are, have few places: there is hardly one for whoever has no link. */
  readonly isTight: boolean;
  /** The end of the record of seeds, in milliseconds since 1970, for each that it names. */
  readonly seeds: ReadonlyMap<string, number>;
}

export interface KnowingNode {
  readonly node: string;
  readonly isNode: boolean;
  /** Nodes that serve what is wanted here. */
  readonly hosts: Iterable<string>;
  /** Endpoints of nodes to which there were links. */
  readonly worked: Pick<WorkedEndpoints, "nodes" | "of">;
}

/**
 * Finds the nodes. One without a record in force knows of seeds, and of nodes to which it had links: their own records have to be in force.
 *
 * @param wall Milliseconds since 1970
 */
export function knownPlaces(book: FactBook, { node, isNode, hosts, worked }: KnowingNode, wall: number): KnownPlaces {
  const sorts = new Map<string, Sort>([...worked.nodes].map((name) => [name, "former"]));
  if (isNode) {
    for (const name of hosts) sorts.set(name, "host");
    for (const name of hubsOf(book, wall)) sorts.set(name, "relay");
  }
  const record = book.inForce("seeds", "cluster", "seeds", wall);
  const named = record === undefined ? [] : (bodyOf(record, "seeds")?.seeds ?? []);
  const seeds = new Map(named.map((seed) => [seed.node, seed]));
  for (const name of seeds.keys()) if (sorts.get(name) !== "relay") sorts.set(name, "seed");
  const hubs = new Set([...sorts].flatMap(([name, sort]) => (sort === "relay" || sort === "seed" ? [name] : [])));
  const places: Place[] = [];
  // A hub that is off, or was retired, has no place, and announces nothing.
  const haveFew = new Map<string, boolean>();
  for (const [name, sort] of sorts) {
    const standing = standingOf(book, name, wall);
    if (name === node || standing.kind === "void" || (standing.kind === "unknown" && sort !== "seed")) continue;
    const fact = book.inForce("announce", "cluster", name, wall);
    const announce = fact === undefined ? undefined : bodyOf(fact, "announce");
    const endpoints = [
      ...sourced(announce?.endpoints, "living"),
      ...sourced(standing.kind === "node" ? worked.of(name) : [], "worked"),
      ...sourced(seeds.get(name)?.endpoints, "seeds"),
    ];
    if (announce !== undefined && hubs.has(name)) haveFew.set(name, announce.capabilities.includes(FEW_PLACES));
    places.push({
      node: name,
      sort,
      // A seed announces what its record says, too, and links were up by both.
      endpoints: endpoints.filter(
        (each, at) => endpoints.findIndex(({ endpoint }) => endpoint === each.endpoint) === at,
      ),
      tier: tierOf(book, name, wall),
      isCrowded: announce?.capabilities.includes(CROWDED) === true,
      load: Math.max(0, ...(announce?.services ?? []).map(({ load }) => load)),
      issued: fact?.issued ?? record?.issued ?? 0,
    });
  }
  const ends = new Map([...seeds.keys()].map((name) => [name, record!.expires]));
  const crowded = new Set(places.flatMap((place) => (place.isCrowded && hubs.has(place.node) ? [place.node] : [])));
  const isTight = haveFew.size > 0 && [...haveFew.values()].every(Boolean);
  const fullSeeds = new Set([...seeds.keys()].filter((name) => haveFew.get(name) === true));
  return { places, isHub: hubs.has(node), hubs, crowded, fullSeeds, isTight, seeds: ends };
}

/** Calls in vain are remembered by an endpoint's text: another spelling of it would be called anew. */
function sourced(all: readonly Endpoint[] = [], source: Source): readonly SourcedEndpoint[] {
  return all.map((published) => {
    const { endpoint } = published;
    return { ...published, ...(endpoint !== undefined && { endpoint: plainEndpoint(endpoint) }), source };
  });
}

function* hubsOf(book: FactBook, wall: number): Generator<string, void> {
  for (const { subject, scope } of book.all("role", wall)) {
    const role = readRoleSubject(subject);
    if (scope === "cluster" && role !== undefined && HUB_ROLES.has(role.role)) yield role.node;
  }
}

function tierOf(book: FactBook, node: string, wall: number): number {
  const fact = book.inForce("node", "cluster", node, wall);
  return (fact === undefined ? undefined : bodyOf(fact, "node"))?.["trust-tier"] ?? 0;
}
