/** The truth of a simulated fabric: nodes that are up or down, links between them, and mail that is late or lost. */
import { bodyOf, type Fact, judge, type LinkFigures, type RouteFigures } from "@florenetes/facts";
import { type Random, Scheduler } from "@florenetes/simkit";
import { HeldLeases } from "../../src/held-leases.ts";
import { HeldPermits } from "../../src/held-permits.ts";
import { TestCluster } from "../cluster.ts";
import { ALL, NOW } from "../world.ts";

/** The service that all origins want, by its label at each host. */
export const SERVICE_LABEL = 900;
/** Each origin asks for a lease to each of them, and prefers the first. */
export const HOSTS: readonly string[] = ["h0", "h1"];
export const OWNERS_RATE = 200_000;
const LEASE_RATE = 500;

export interface TrueLink {
  readonly ends: readonly [string, string];
  /** The label of the link at each of its ends. */
  readonly labels: ReadonlyMap<string, number>;
  readonly roundTrip: number;
  isUp: boolean;
}

export interface Running {
  readonly coordinator: string;
  readonly lease: string;
  readonly route: number;
  readonly measured: readonly RouteFigures[];
}

export interface SimNode {
  readonly name: string;
  /** The node lies in its reports, and drops packets that it should pass on. */
  readonly isHostile: boolean;
  readonly isRelay: boolean;
  /** Its own links by their labels. */
  readonly links: Map<number, TrueLink>;
  /** By the hosts that they lead to. */
  readonly leases: ReadonlyMap<string, HeldLeases>;
  readonly permits: HeldPermits;
  isUp: boolean;
  epoch: number;
  /** Leases that were tried, the one in use last: the place of the route in use, which is -1 where none carries, and what comes through its routes. */
  tried: readonly Running[];
  reportAt: number;
}

export interface MeshPlan {
  readonly edges: number;
  readonly relays: number;
  readonly hostile: number;
}

export class Mesh {
  readonly random: Random;
  readonly scheduler: Scheduler = new Scheduler({ start: NOW });
  readonly cluster: TestCluster = new TestCluster();
  readonly nodes: Map<string, SimNode> = new Map();
  readonly links: TrueLink[] = [];

  constructor(random: Random, { edges, relays, hostile }: MeshPlan) {
    this.random = random;
    const relayNames = Array.from({ length: relays }, (_, at) => `r${at}`);
    const edgeNames = [...HOSTS, ...Array.from({ length: edges }, (_, at) => `e${at}`)];
    // A fifth of all is hostile: the last relays and edges, and never a host, as then there would be nothing to reach.
    const bad = new Set([
      ...relayNames.slice(-Math.floor(hostile / 3)),
      ...edgeNames.slice(-Math.ceil((2 * hostile) / 3)),
    ]);
    for (const name of [...relayNames, ...edgeNames]) this.#add(name, bad.has(name));
    for (const name of ["c1", "c2", "stranger"]) this.#add(name, name === "stranger");
    for (const name of [...edgeNames, "c1", "c2"]) {
      for (const relay of this.#some(relayNames, 3)) this.#join(name, relay);
    }
    for (const relay of relayNames) for (const other of this.#some(relayNames, 3)) this.#join(relay, other);
  }

  get now(): number {
    return this.scheduler.now;
  }

  node(name: string): SimNode {
    return this.nodes.get(name)!;
  }

  /** Whether a link carries packets: it is not broken, and both ends run. */
  carries({ ends, isUp }: TrueLink): boolean {
    return isUp && ends.every((name) => this.node(name).isUp);
  }

  /** A letter comes a little later, or, one in thirty, is lost. As an agent's mail does, it is sent four times at the most, each 5 s. */
  mail(to: string, deliver: () => void, tries = 4): void {
    this.scheduler.after(this.random.between(20, 400), () => {
      if (this.node(to).isUp && !this.random.chance(1 / 30)) deliver();
      else if (tries > 1) this.scheduler.after(5_000, () => this.mail(to, deliver, tries - 1));
    });
  }

  /** Neighbours see at once that a link has changed, and tell it a second later. */
  touch(links: Iterable<TrueLink>): void {
    for (const { ends } of links) {
      for (const name of ends) {
        const node = this.node(name);
        node.reportAt = Math.min(node.reportAt, this.now + 1_000);
      }
    }
  }

  setUp(name: string, isUp: boolean): void {
    const node = this.node(name);
    node.isUp = isUp;
    this.touch(node.links.values());
  }

  /** The report of a node, which is judged once for all coordinators; undefined where it is refused. */
  report(node: SimNode): Fact | undefined {
    const judged = judge(this.#signedReport(node), this.cluster.grounds(this.now));
    return judged.isAccepted ? judged.fact : undefined;
  }

  #signedReport(node: SimNode): Uint8Array {
    const { name, isHostile, isRelay, tried } = node;
    const links = [...node.links].filter(([, link]) => this.carries(link));
    const told = links.map(([label, link]) => ({
      label,
      peer: peerOf(link, name),
      figures: figuresOf(link, isHostile),
    }));
    const invented = isHostile
      ? Array.from({ length: 4 }, (_, at) => ({ label: 500 + at, peer: this.#anyOther(name, at), figures: BEST }))
      : [];
    const rate = isHostile ? 1_000_000_000 : OWNERS_RATE;
    const wants = name.startsWith("e");
    return this.cluster.record({
      kind: "report",
      subject: name,
      authority: "node",
      issuer: name,
      epoch: ++node.epoch,
      issued: this.now,
      expires: this.now + 180_000,
      body: {
        links: [...told, ...invented],
        ...(isRelay || isHostile ? { offer: { classes: ALL, rate, price: 0 } } : {}),
        load: { cpu: 0, memory: 0, sockets: 0 },
        metered: false,
        nat: "none",
        endpoints: [],
        carried: [],
        routes: tried.map(({ lease, coordinator, route, measured }) => ({
          lease,
          coordinator,
          route: Math.max(0, route),
          measured,
        })),
        uses: wants
          ? HOSTS.map((host) => ({ service: "web", scope: "cluster", host, classes: ["reliable"], rate: LEASE_RATE }))
          : [],
        versions: [],
      },
    });
  }

  #add(name: string, isHostile: boolean): void {
    const isRelay = name.startsWith("r");
    const partition = name === "stranger" ? "south" : "north";
    this.cluster.node(name, { partition });
    if (isRelay) this.cluster.role(name, "relay");
    if (!isRelay && name !== "stranger" && !name.startsWith("c")) this.cluster.role(name, "entry");
    if (name === "stranger" || name.startsWith("c")) this.cluster.role(name, "route-coordinator", partition);
    this.nodes.set(name, {
      name,
      isHostile,
      isRelay,
      links: new Map(),
      leases: new Map(HOSTS.map((host) => [host, new HeldLeases()])),
      permits: new HeldPermits(),
      isUp: true,
      epoch: 0,
      tried: [],
      reportAt: NOW + this.random.below(2_000),
    });
  }

  #join(a: string, b: string): void {
    if (a === b || [...this.node(a).links.values()].some((link) => peerOf(link, a) === b)) return;
    const labels = new Map([a, b].map((name) => [name, 16 + this.node(name).links.size]));
    const link = { ends: [a, b] as const, labels, roundTrip: this.random.between(1_000, 60_000), isUp: true };
    this.links.push(link);
    for (const [name, label] of labels) this.node(name).links.set(label, link);
  }

  #some(names: readonly string[], count: number): string[] {
    return [...new Set(Array.from({ length: count }, () => this.random.pick(names)))];
  }

  #anyOther(name: string, at: number): string {
    const others = [...this.nodes.keys()].filter((other) => other !== name);
    return others[(at * 17 + name.length) % others.length]!;
  }
}

const BEST: LinkFigures = [0, 0, 0, 1_000_000_000, 0, 65_535, 0];

function figuresOf({ roundTrip }: TrueLink, isHostile: boolean): LinkFigures {
  return isHostile ? BEST : [roundTrip, 0, 0, 100_000, 0, 1_400, 0];
}

export function peerOf({ ends }: TrueLink, name: string): string {
  return ends[0] === name ? ends[1] : ends[0];
}

/** Whether a report has a link to a node, of this label where one is named. */
export function tellsLink(report: Fact | undefined, peer: string, label?: number): boolean {
  const { links = [] } = (report === undefined ? undefined : bodyOf(report, "report")) ?? {};
  return links.some((link) => link.peer === peer && (label === undefined || link.label === label));
}
