/** Reports and records of a cluster `demo`, in form and without signatures: what routes are made of does not look at them. */
import {
  type DeviceProfile,
  type Fact,
  type LinkFigures,
  readFact,
  type ReportBody,
  signPayload,
  writePayload,
} from "@florenetes/facts";
import type { WorkloadClassName } from "@florenetes/forwarding";
import type { Random } from "@florenetes/simkit";
import type { Want } from "../src/compose.ts";
import type { Directory, NodeStanding } from "../src/directory.ts";
import { RouteGraph } from "../src/graph.ts";
import { compareNames } from "../src/reports.ts";
import type { PhoneGrounds } from "../src/scoring/phones.ts";

export const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");
export const ALL: readonly WorkloadClassName[] = ["dns", "interactive", "reliable", "bulk", "droppable"];
/** A millisecond, no jitter, nothing lost, 100 Mbit/s. */
export const GOOD: LinkFigures = [1_000, 0, 0, 100_000, 0, 1_400, 0];

/** The lease that o wants to service web at h. */
export const WANT: Want = {
  origin: "o",
  service: "web",
  scope: "cluster",
  host: "h",
  label: 900,
  classes: ["reliable"],
  rate: 1_000,
};

const IDLE: ReportBody = {
  links: [],
  load: { cpu: 0, memory: 0, sockets: 0 },
  metered: false,
  nat: "none",
  endpoints: [],
  carried: [],
  routes: [],
  uses: [],
  versions: [],
};

export interface TestLink {
  readonly ends: readonly [string, string];
  readonly figures?: LinkFigures;
  readonly tag?: string;
  readonly provider?: string;
}

/** A link between two nodes whose round trip is so many milliseconds. */
export function link(a: string, b: string, milliseconds = 1, more: Omit<TestLink, "ends" | "figures"> = {}): TestLink {
  return { ends: [a, b], figures: [milliseconds * 1_000, ...GOOD.slice(1)] as unknown as LinkFigures, ...more };
}

export interface TestNode extends Partial<NodeStanding> {
  /** Scopes of its role `relay`. */
  readonly relay?: readonly string[];
  /** Scopes of its role `mobile-edge`. */
  readonly mobile?: readonly string[];
  readonly isVoid?: boolean;
  readonly report?: Partial<ReportBody>;
}

export type TestNodes = Readonly<Record<string, TestNode>>;

export const OFFER = { classes: ALL, rate: 100_000, price: 0 };
/** A node that carries packets of everybody. */
export const RELAY: TestNode = { relay: ["cluster"], report: { offer: OFFER } };

export function directoryOfNodes(nodes: TestNodes): Directory {
  const found = (name: string): NodeStanding | undefined => {
    const node = nodes[name];
    if (node === undefined || node.isVoid === true) return undefined;
    return { organization: "acme", partition: "north", tier: 3, ...node };
  };
  return {
    node: found,
    hasRole(name, role, partition, scope) {
      const scopes = { relay: nodes[name]?.relay, "mobile-edge": nodes[name]?.mobile }[role];
      return found(name)?.partition === partition && scopes?.includes(scope) === true;
    },
    isVoid: (name) => nodes[name]?.isVoid === true,
  };
}

export function reportOf(node: string, body: Partial<ReportBody>, issued = NOW, epoch = 1): Fact {
  return toldBy(node, { kind: "report", epoch, issued, expires: issued + 180_000, body: { ...IDLE, ...body } });
}

export function profileOf(node: string, device: DeviceProfile, issued = NOW, epoch = 1): Fact {
  const body = { device: { ...device }, software: { version: "1.2.3" }, contracts: [] };
  return toldBy(node, { kind: "profile", epoch, issued, expires: issued + 900_000, body });
}

function toldBy(
  node: string,
  told: Pick<Parameters<typeof writePayload>[0], "kind" | "epoch" | "issued" | "expires" | "body">,
): Fact {
  const slot = { cluster: "demo", scope: "cluster", subject: node, generation: 1, authority: "node", issuer: node };
  const octets = signPayload(writePayload({ ...slot, ...told }), []);
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}

/** Links as their two ends tell them, alike. Labels of each node begin at 16, in the order of the links. */
export function reportsOf(nodes: TestNodes, links: readonly TestLink[]): Fact[] {
  return Object.entries(nodes)
    .map(([name, { report = {} }]) => {
      const own = links.filter(({ ends }) => ends.includes(name));
      const told = own.map(({ ends, figures = GOOD, tag, provider }, at) => ({
        label: 16 + at,
        peer: ends[0] === name ? ends[1] : ends[0],
        ...(tag === undefined ? {} : { tag }),
        ...(provider === undefined ? {} : { provider }),
        figures,
      }));
      return reportOf(name, { ...report, links: [...told, ...(report.links ?? [])] });
    })
    .sort((a, b) => compareNames(a.subject, b.subject));
}

export function graphOf(
  nodes: TestNodes,
  links: readonly TestLink[],
  partitions = ["north"],
  phones?: PhoneGrounds,
  profiles: readonly Fact[] = [],
): RouteGraph {
  return new RouteGraph(reportsOf(nodes, links), {
    directory: directoryOfNodes(nodes),
    partitions: new Set(partitions),
    profiles,
    ...(phones && { phones }),
  });
}

/** Nodes `o`, `h` and some relays, with links of any round trips among them. */
export function anyMesh(random: Random, relays: number, links: number): { nodes: TestNodes; links: TestLink[] } {
  const names = Array.from({ length: relays }, (_, at) => `r${at}`);
  const nodes = Object.fromEntries([["o", {}], ["h", {}], ...names.map((name) => [name, RELAY] as const)]);
  const all = ["o", "h", ...names];
  const made = new Map<string, TestLink>();
  for (let count = 0; count < links; count++) {
    const [a, b] = [random.pick(all), random.pick(all)].sort();
    if (a === undefined || b === undefined || a === b) continue;
    const provider = random.chance(0.3) ? random.pick(["isp", "lte"]) : undefined;
    made.set(`${a} ${b}`, link(a, b, random.between(1, 50), provider === undefined ? {} : { provider }));
  }
  return { nodes, links: [...made.values()] };
}

/** Any order of some things. */
export function shuffled<Each>(random: Random, all: readonly Each[]): Each[] {
  const left = [...all];
  return Array.from({ length: all.length }, () => left.splice(random.below(left.length), 1)[0]!);
}
