import type { Random } from "@florenetes/simkit";

/** A mesh packet names so many labels at most here: longer paths are not asked for. */
const hopsMax = 6;

/** One end of a link: which node is there, and which of its links it is. */
export interface PlannedLink {
  readonly peer: number;
  readonly role: "originator" | "acceptor";
  /** Which of the node's link vertices has the link, and which of the peer's. */
  readonly portal: number;
  readonly peerPortal: number;
}

export interface PlannedTunnel {
  readonly from: number;
  readonly to: number;
  /** Index of the first link. */
  readonly link: number;
  /** Of the nodes on the way, then of the service. */
  readonly labels: readonly number[];
}

export const serviceLabel = 900;
export const linkLabel = (link: number): number => 100 + link;

/** How many nodes have a second link vertex. */
const twoPortalsProbability = 0.25;

/** A tree of nodes, each of which has a service, and tunnels between some of them. */
export class SimPlan {
  /** How many link vertices each node has. */
  readonly portals: readonly number[];
  /** Of each node. */
  readonly links: readonly PlannedLink[][];
  readonly tunnels: PlannedTunnel[] = [];

  /** @param nodes two or more */
  constructor(nodes: number, random: Random) {
    this.links = Array.from({ length: nodes }, () => []);
    this.portals = this.links.map(() => (random.chance(twoPortalsProbability) ? 2 : 1));
    for (let node = 1; node < nodes; node++) this.#join(node, random.below(node), random);
    for (let from = 0; from < nodes; from++) this.#addTunnel(from, (from + random.between(1, nodes - 1)) % nodes);
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

  #addTunnel(from: number, to: number): void {
    const way = this.#wayTo(to, from, -1);
    if (way === undefined || way.length > hopsMax) return;
    const [link, ...others] = way;
    this.tunnels.push({ from, to, link: link!, labels: [...others.map(linkLabel), serviceLabel] });
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
