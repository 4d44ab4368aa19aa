import type { Random } from "@florenetes/simkit";
import { lspLabel, pathOf, type PlannedWay, serviceLabel } from "./planned-path.ts";
import { type PlannedRing, ringOf } from "./planned-ring.ts";
import { hostOf, nameOf } from "./sim-names.ts";

/** The most links that a mesh packet crosses here: no path is longer. */
const HOPS_MAX = 6;
/** Probability of a service or a tunnel besides those that every mesh has. */
const EXTRA_PROBABILITY = 0.3;
/** The part of meshes with a ring, or several: one for each of this many nodes. */
const RING_PROBABILITY = 0.4;
const NODES_PER_RING = 10;
/** The part of ways of two links or more that go over an LSP. */
const LSP_PROBABILITY = 0.4;

/** The part of tunnels that have their connection only while it is needed, and for how long they keep it. */
const KEPT_PROBABILITY = 0.25;
const KEEP_MS = 1_500;

/** An end of a link: its node, and which of the node's links it is. */
export interface PlannedLink {
  readonly peer: number;
  /** Index of the link at the peer. */
  readonly peerLink: number;
  readonly role: "originator" | "acceptor";
  /** The link vertex of the node that has the link, by its number, and the peer's. */
  readonly portal: number;
  readonly peerPortal: number;
}

export interface PlannedService {
  readonly node: number;
  readonly name: string;
  readonly label: number;
  /** The port of the service's target, which tells the services of a node apart. */
  readonly port: number;
  /** Whether the service's target refuses connections. */
  readonly isDown: boolean;
}

export interface PlannedTunnel {
  readonly from: number;
  /** The number of the tunnel among those of its node. */
  readonly index: number;
  readonly service: PlannedService;
  /** Name of the user. */
  readonly as: string;
  readonly way: PlannedWay;
  readonly labels: readonly number[];
  /** For how long the tunnel keeps an unused connection; undefined: for good. */
  readonly keepMs: number | undefined;
}

/** The user that may use all services, and the one that may use none. */
export const user = "user";
export const stranger = "stranger";

/** The part of nodes that have a second link vertex. */
const TWO_PORTALS_PROBABILITY = 0.25;

/**
 * A tree of nodes, each with a service and a tunnel to another node's service. Some meshes have more: links that
 * close rings, LSPs, a second tunnel beside a first one, a stranger's tunnel, one from another node, or one to a service that is down.
 */
export class SimPlan {
  /** How many link vertices each node has. */
  readonly portals: readonly number[];
  /** The links of each node. */
  readonly links: readonly PlannedLink[][];
  readonly rings: readonly PlannedRing[];
  readonly services: readonly PlannedService[][];
  readonly tunnels: PlannedTunnel[] = [];
  /** Whether link vertices forward what only passes through. */
  readonly isOffloaded: boolean;
  #lsps = 0;

  /** @param nodes two or more */
  constructor(nodes: number, random: Random, isOffloaded = false) {
    this.isOffloaded = isOffloaded;
    this.links = Array.from({ length: nodes }, () => []);
    this.portals = this.links.map(() => (random.chance(TWO_PORTALS_PROBABILITY) ? 2 : 1));
    for (let node = 1; node < nodes; node++) this.#join(node, random.below(node), random);
    this.rings = random.chance(RING_PROBABILITY) ? this.#closeRings(random) : [];
    this.services = this.links.map(() => []);
    for (let node = 0; node < nodes; node++) this.#addService(node, false);
    for (let from = 0; from < nodes; from++)
      this.#addTunnel(from, this.services[this.#otherNode(from, random)]![0]!, user, random);
    this.#addExtras(random);
  }

  /** Tunnels of a node, in the order of its config. */
  tunnelsOf(node: number): PlannedTunnel[] {
    return this.tunnels.filter(({ from }) => from === node);
  }

  /** The links of a way, each by the hosts at its ends. */
  hostsOf({ nodes, links }: PlannedWay): (readonly [string, string])[] {
    return links.map((link, at) => {
      const { portal, peer, peerPortal } = this.links[nodes[at]!]![link]!;
      return [hostOf(nodes[at]!, portal), hostOf(peer, peerPortal)] as const;
    });
  }

  /** Whether workloads get through the tunnel when the mesh is whole. */
  isUseful({ as, service }: PlannedTunnel): boolean {
    return as === user && !service.isDown;
  }

  #addExtras(random: Random): void {
    const { from, service } = random.pick(this.tunnels);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(from, service, user, random);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(from, service, stranger, random);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(this.#otherNode(service.node, random), service, user, random);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(from, this.#addService(service.node, true), user, random);
  }

  #otherNode(node: number, random: Random): number {
    return (node + random.between(1, this.links.length - 1)) % this.links.length;
  }

  #join(left: number, right: number, random: Random): void {
    const isLeftOriginator = random.chance(0.5);
    const leftPortal = random.below(this.portals[left]!);
    const rightPortal = random.below(this.portals[right]!);
    const leftLink = this.links[left]!.length;
    const rightLink = this.links[right]!.length;
    this.links[left]!.push({
      peer: right,
      peerLink: rightLink,
      role: isLeftOriginator ? "originator" : "acceptor",
      portal: leftPortal,
      peerPortal: rightPortal,
    });
    this.links[right]!.push({
      peer: left,
      peerLink: leftLink,
      role: isLeftOriginator ? "acceptor" : "originator",
      portal: rightPortal,
      peerPortal: leftPortal,
    });
  }

  /** Joins some nodes that are no neighbours yet. */
  #closeRings(random: Random): PlannedRing[] {
    const nodes = this.links.length;
    return Array.from({ length: Math.ceil(nodes / NODES_PER_RING) }, (_, index) => {
      const left = random.below(nodes);
      const right = this.#otherNode(left, random);
      if (this.links[left]!.some(({ peer }) => peer === right)) return [];
      const way = this.#wayTo(right, left, random)!;
      this.#join(right, left, random);
      return [ringOf(way, this.links[right]!.length - 1, this.links[left]!.length - 1, index)];
    }).flat();
  }

  #addService(node: number, isDown: boolean): PlannedService {
    const port = this.services[node]!.length;
    const service = { node, name: `${nameOf(node)}-${port}`, label: serviceLabel(port), port, isDown };
    this.services[node]!.push(service);
    return service;
  }

  /** Adds a tunnel to a service; tunnels of a node to one service share a path. */
  #addTunnel(from: number, service: PlannedService, as: string, random: Random): void {
    const own = this.tunnelsOf(from);
    const way = own.find((tunnel) => tunnel.service === service)?.way ?? this.#newWay(from, service.node, random);
    if (way.links.length > HOPS_MAX) return;
    const { labels } = pathOf(way, service.label);
    const keepMs = random.chance(KEPT_PROBABILITY) ? KEEP_MS : undefined;
    this.tunnels.push({ from, index: own.length, service, as, way, labels, keepMs });
  }

  /** A way from a node to another one, a part of which may be an LSP. */
  #newWay(from: number, to: number, random: Random): PlannedWay {
    const way = this.#wayTo(to, from, random)!;
    const count = way.links.length;
    if (count < 2 || count > HOPS_MAX || !random.chance(LSP_PROBABILITY)) return way;
    const first = random.below(count - 1);
    const end = random.between(first + 2, count);
    const lsp = this.#lsps++;
    const labels = Array.from({ length: end - first }, (_, link) => lspLabel(lsp, link));
    return { ...way, lsp: { first, end, labels } };
  }

  /** A shortest way among ways that begin with some link of the node: where there are rings, not always the shortest of all. */
  #wayTo(to: number, from: number, random: Random): PlannedWay | undefined {
    const distances = this.#distancesTo(to, from);
    const firsts = [...this.links[from]!.keys()].filter((link) => distances.has(this.links[from]![link]!.peer));
    if (firsts.length === 0) return undefined;
    const nodes = [from];
    const links: number[] = [];
    const backLinks: number[] = [];
    const step = (link: number): void => {
      const { peer, peerLink } = this.links[nodes.at(-1)!]![link]!;
      nodes.push(peer);
      links.push(link);
      backLinks.push(peerLink);
    };
    step(random.pick(firsts));
    for (let node = nodes.at(-1)!; node !== to; node = nodes.at(-1)!)
      step(this.links[node]!.findIndex(({ peer }) => distances.get(peer) === distances.get(node)! - 1));
    return { nodes, links, backLinks, lsp: undefined };
  }

  /** The distance of each node from one node, in links, by ways that avoid another node. */
  #distancesTo(to: number, avoided: number): ReadonlyMap<number, number> {
    const distances = new Map([[to, 0]]);
    // A loop over a map also meets entries that are added meanwhile, in order.
    for (const [node, distance] of distances) {
      for (const { peer } of this.links[node]!)
        if (peer !== avoided && !distances.has(peer)) distances.set(peer, distance + 1);
    }
    return distances;
  }
}
