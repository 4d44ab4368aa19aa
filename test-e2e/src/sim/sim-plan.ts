import type { Random } from "@florenetes/simkit";
import { hostOf, nameOf } from "./sim-names.ts";

/** A mesh packet names so many labels at most here: longer paths are not asked for. */
const HOPS_MAX = 6;
/** Probability of a service or a tunnel besides those that every mesh has. */
const EXTRA_PROBABILITY = 0.3;

/** One end of a link: which node is there, and which of its links it is. */
export interface PlannedLink {
  readonly peer: number;
  readonly role: "originator" | "acceptor";
  /** Which of the node's link vertices has the link, and which of the peer's. */
  readonly portal: number;
  readonly peerPortal: number;
}

export interface PlannedService {
  readonly node: number;
  readonly name: string;
  readonly label: number;
  /** The port of its target, which tells the services of a node apart. */
  readonly port: number;
  /** Whether its target refuses to be connected to. */
  readonly isDown: boolean;
}

export interface PlannedTunnel {
  readonly from: number;
  /** Among the tunnels of its node. */
  readonly index: number;
  readonly service: PlannedService;
  /** Name of the user. */
  readonly as: string;
  /** Index of the first link. */
  readonly link: number;
  /** The labels of the nodes on the way, then that of the service. */
  readonly labels: readonly number[];
}

/** The user that may use all services, and the one that may use none. */
export const user = "user";
export const stranger = "stranger";

const serviceLabel = (port: number): number => 900 + port;
export const linkLabel = (link: number): number => 100 + link;
export const linkOfLabel = (label: number): number => label - 100;

/** How many nodes have a second link vertex. */
const TWO_PORTALS_PROBABILITY = 0.25;

/**
 * A tree of nodes, each of which has a service, and a tunnel from each node to another one's service. Some meshes have more: a second
 * tunnel beside a first one, one of a stranger, one from another node, or one to a service that is down.
 */
export class SimPlan {
  /** How many link vertices each node has. */
  readonly portals: readonly number[];
  /** The links of each node. */
  readonly links: readonly PlannedLink[][];
  readonly services: readonly PlannedService[][];
  readonly tunnels: PlannedTunnel[] = [];

  /** @param nodes two or more */
  constructor(nodes: number, random: Random) {
    this.links = Array.from({ length: nodes }, () => []);
    this.portals = this.links.map(() => (random.chance(TWO_PORTALS_PROBABILITY) ? 2 : 1));
    for (let node = 1; node < nodes; node++) this.#join(node, random.below(node), random);
    this.services = this.links.map(() => []);
    for (let node = 0; node < nodes; node++) this.#addService(node, false);
    for (let from = 0; from < nodes; from++)
      this.#addTunnel(from, this.services[this.#otherNode(from, random)]![0]!, user);
    this.#addExtras(random);
  }

  /** Tunnels of a node, in the order of its config. */
  tunnelsOf(node: number): PlannedTunnel[] {
    return this.tunnels.filter(({ from }) => from === node);
  }

  /** The links of a tunnel's path, each by the hosts at its ends. */
  hostsOf({ from, link, labels }: PlannedTunnel): (readonly [string, string])[] {
    let node = from;
    return [link, ...labels.slice(0, -1).map(linkOfLabel)].map((at) => {
      const { portal, peer, peerPortal } = this.links[node]![at]!;
      const ends = [hostOf(node, portal), hostOf(peer, peerPortal)] as const;
      node = peer;
      return ends;
    });
  }

  /** Whether workloads get through it when all is well. */
  isUseful({ as, service }: PlannedTunnel): boolean {
    return as === user && !service.isDown;
  }

  #addExtras(random: Random): void {
    const { from, service } = random.pick(this.tunnels);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(from, service, user);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(from, service, stranger);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(this.#otherNode(service.node, random), service, user);
    if (random.chance(EXTRA_PROBABILITY)) this.#addTunnel(from, this.#addService(service.node, true), user);
  }

  #otherNode(node: number, random: Random): number {
    return (node + random.between(1, this.links.length - 1)) % this.links.length;
  }

  #join(left: number, right: number, random: Random): void {
    const isLeftOriginator = random.chance(0.5);
    const leftPortal = random.below(this.portals[left]!);
    const rightPortal = random.below(this.portals[right]!);
    this.links[left]!.push({
      peer: right,
      role: isLeftOriginator ? "originator" : "acceptor",
      portal: leftPortal,
      peerPortal: rightPortal,
    });
    this.links[right]!.push({
      peer: left,
      role: isLeftOriginator ? "acceptor" : "originator",
      portal: rightPortal,
      peerPortal: leftPortal,
    });
  }

  #addService(node: number, isDown: boolean): PlannedService {
    const port = this.services[node]!.length;
    const service = { node, name: `${nameOf(node)}-${port}`, label: serviceLabel(port), port, isDown };
    this.services[node]!.push(service);
    return service;
  }

  #addTunnel(from: number, service: PlannedService, as: string): void {
    const way = this.#wayTo(service.node, from, -1);
    if (way === undefined || way.length > HOPS_MAX) return;
    const [link, ...others] = way;
    const index = this.tunnelsOf(from).length;
    this.tunnels.push({ from, index, service, as, link: link!, labels: [...others.map(linkLabel), service.label] });
  }

  /** The links that lead from a node to another one. */
  #wayTo(to: number, at: number, before: number): number[] | undefined {
    if (at === to) return [];
    for (const [link, { peer }] of this.links[at]!.entries()) {
      const rest = peer === before ? undefined : this.#wayTo(to, peer, at);
      if (rest !== undefined) return [link, ...rest];
    }
    return undefined;
  }
}
