/**
 * The graph that reports come to. A link counts when both of its ends tell it, and of each figure the worse one counts, so that nobody makes a link, or a
 * better one, by words alone. Equal reports and records make equal graphs, in whatever order they came.
 */
import {
  bodyOf,
  type Fact,
  type LeasedRoute,
  type LinkFigures,
  type ProfileBody,
  type ReportBody,
  type ReportedLink,
} from "@florenetes/facts";
import { type Directory, type NodeStanding, RELAY_ROLE } from "./directory.ts";
import { worseFigures } from "./link-figures.ts";
import { MTU_MIN } from "./limits.ts";
import { compareNames } from "./reports.ts";
import { type PhoneGate, shutPhoneGates } from "./scoring/gates.ts";
import { isMobile, NO_PHONES, type PhoneGrounds, toldByPhone } from "./scoring/phones.ts";

export interface GraphNode extends NodeStanding {
  readonly name: string;
  readonly report: ReportBody;
  /** Undefined: the node has not told one. */
  readonly profile: ProfileBody | undefined;
}

/** A link between two nodes, by their places; `a` is the lower one. */
export interface GraphLink {
  readonly a: number;
  readonly b: number;
  readonly figures: LinkFigures;
  /** The networks that it goes over at either end, as numbers of this graph. */
  readonly providers: readonly number[];
}

/** A direction of a link. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  /** The place of the link in `links`. */
  readonly link: number;
  /** The label of the link at `from`, and the one at `to`. */
  readonly label: number;
  readonly back: number;
}

export interface GraphOptions {
  readonly directory: Directory;
  /** Partitions that the coordinator has: nodes of others are no part of the graph. */
  readonly partitions: ReadonlySet<string>;
  /** Profiles of nodes, of each one at most; default: none. */
  readonly profiles?: readonly Fact[];
  /** The grounds on which phones carry for others; undefined: none does. */
  readonly phones?: PhoneGrounds;
}

export class RouteGraph {
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  readonly edges: readonly Edge[];
  /** Edges that leave the node at a place: those from `firstEdges[place]` to before `firstEdges[place + 1]`. */
  readonly firstEdges: Int32Array;
  /** The target and the link of each edge. */
  readonly targets: Int32Array;
  readonly linkOf: Int32Array;
  readonly #directory: Directory;
  readonly #phones: PhoneGrounds;
  readonly #relays = new Map<string, readonly (string | undefined)[]>();
  /** Found when somebody asks: most nodes are no relays. */
  readonly #phoneFaults = new Map<number, PhoneGate | undefined>();
  readonly #places: ReadonlyMap<string, number>;

  /** @param reports As `Reports.at` has them: one of each node, in the order of names */
  constructor(reports: readonly Fact[], { directory, partitions, profiles = [], phones = NO_PHONES }: GraphOptions) {
    this.#directory = directory;
    this.#phones = phones;
    const told = new Map(profiles.map((fact) => [fact.subject, bodyOf(fact, "profile")]));
    this.nodes = reports.flatMap((fact) => {
      const report = bodyOf(fact, "report");
      const standing = directory.node(fact.subject);
      if (report === undefined || standing === undefined || !partitions.has(standing.partition)) return [];
      return [{ ...standing, name: fact.subject, report, profile: told.get(fact.subject) }];
    });
    this.#places = new Map(this.nodes.map(({ name }, place) => [name, place]));
    const { links, edges } = this.#meet();
    this.links = links;
    edges.sort((a, b) => a.from - b.from || a.to - b.to || a.label - b.label);
    this.edges = edges;
    this.firstEdges = new Int32Array(this.nodes.length + 1);
    for (const { from } of edges) this.firstEdges[from + 1]!++;
    for (let place = 0; place < this.nodes.length; place++) this.firstEdges[place + 1]! += this.firstEdges[place]!;
    this.targets = Int32Array.from(edges, ({ to }) => to);
    this.linkOf = Int32Array.from(edges, ({ link }) => link);
  }

  /** The place of a node; undefined where it is no part of the graph. */
  placeOf(name: string): number | undefined {
    return this.#places.get(name);
  }

  /** For each node the scope whose role makes it a relay of leases in a scope: the cluster's, or that very scope; undefined where it is none. */
  relaysFor(scope: string): readonly (string | undefined)[] {
    const known = this.#relays.get(scope);
    if (known !== undefined) return known;
    const relays = this.nodes.map(({ name, partition, report }) =>
      report.offer === undefined
        ? undefined
        : ["cluster", scope].find((each) => this.#directory.hasRole(name, RELAY_ROLE, partition, each)),
    );
    this.#relays.set(scope, relays);
    return relays;
  }

  /** The first gate of a phone that is shut, by which the node at a place carries nothing for others; undefined: there is none, or the node is no phone. */
  phoneFaultAt(place: number): PhoneGate | undefined {
    if (this.#phoneFaults.has(place)) return this.#phoneFaults.get(place);
    const fault = this.#findPhoneFault(this.nodes[place]!);
    this.#phoneFaults.set(place, fault);
    return fault;
  }

  /** Whether all links of a route of a node are there, with the labels that the route has. */
  has(origin: string, route: Pick<LeasedRoute, "link" | "labels" | "via">): boolean {
    return this.wayOf(origin, route) !== undefined;
  }

  /** The edges of a route of a node, by their places; undefined: one of them is not there, or has another label. */
  wayOf(origin: string, { link, labels, via }: Pick<LeasedRoute, "link" | "labels" | "via">): number[] | undefined {
    const way: number[] = [];
    let from = this.#places.get(origin);
    for (const [at, name] of via.entries()) {
      const to = this.#places.get(name);
      const edge =
        from === undefined || to === undefined ? -1 : this.#edge(from, to, at === 0 ? link : labels[at - 1]!);
      if (edge === -1) return undefined;
      way.push(edge);
      from = to;
    }
    return way;
  }

  #findPhoneFault({ name, report, profile, ...standing }: GraphNode): PhoneGate | undefined {
    if (!isMobile(this.#directory, name, standing)) return undefined;
    const { tier: phoneTier, wordOf } = this.#phones;
    const told = toldByPhone(report, profile?.device);
    return shutPhoneGates({ tier: standing.tier, phoneTier }, told, wordOf(name))[0]?.gate;
  }

  /** The place of an edge; -1: there is none. */
  #edge(from: number, to: number, label: number): number {
    for (let place = this.firstEdges[from]!; place < this.firstEdges[from + 1]!; place++)
      if (this.targets[place] === to && this.edges[place]!.label === label) return place;
    return -1;
  }

  #meet(): { readonly links: GraphLink[]; readonly edges: Edge[] } {
    const told = this.nodes.map(({ report }) => linksByPeer(report));
    const providers = new Map<string, number>();
    const links: GraphLink[] = [];
    const edges: Edge[] = [];
    for (const [a, { name }] of this.nodes.entries()) {
      for (const [key, near] of told[a]!) {
        const b = this.#places.get(near.peer);
        const far = b === undefined || b <= a ? undefined : told[b]!.get(keyOf(name, near.tag));
        if (b === undefined || far === undefined || key !== keyOf(near.peer, far.tag)) continue;
        const figures = worseFigures(near.figures, far.figures);
        if (figures[MTU] < MTU_MIN) continue;
        const link = links.length;
        links.push({ a, b, figures, providers: providersOf([near, far], providers) });
        edges.push({ from: a, to: b, link, label: near.label, back: far.label });
        edges.push({ from: b, to: a, link, label: far.label, back: near.label });
      }
    }
    return { links, edges };
  }
}

/** The place of the MTU among a link's figures. */
const MTU = 5;

/** Links by peer and tag, in the order of their labels. Of two with one peer and tag the lower label counts. */
function linksByPeer({ links }: ReportBody): Map<string, ReportedLink> {
  const byPeer = new Map<string, ReportedLink>();
  for (const link of links.toSorted((a, b) => a.label - b.label)) {
    const key = keyOf(link.peer, link.tag);
    if (!byPeer.has(key)) byPeer.set(key, link);
  }
  return new Map([...byPeer].sort(([a], [b]) => compareNames(a, b)));
}

/** No name has a blank. */
function keyOf(peer: string, tag = "0"): string {
  return `${peer} ${tag}`;
}

/** Numbers of providers, which are given as they are met first. */
function providersOf(ends: readonly ReportedLink[], numbers: Map<string, number>): number[] {
  const found = new Set<number>();
  for (const { provider } of ends) {
    if (provider === undefined) continue;
    const number = numbers.get(provider) ?? numbers.size;
    numbers.set(provider, number);
    found.add(number);
  }
  return [...found];
}
