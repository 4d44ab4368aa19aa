/**
 * Measures how long leases take to compose in a mesh of 1,000 nodes (or of so many as the command says) and three times as many links, and how soon 1,000 origins have others when the relay that most of them use
 * dies. Times are those of the processor: the machine may be busy.
 *
 *     node --conditions=@florenetes/source packages/routes/test/measure-composing.ts [NODES]
 */
import { Random } from "@florenetes/simkit";
import { compose, type Composed, slotOfWant, type Want } from "../src/compose.ts";
import { weightsOf } from "../src/costs.ts";
import { RouteGraph } from "../src/graph.ts";
import { Plan } from "../src/plan.ts";
import { ALL, directoryOfNodes, link, OFFER, RELAY, reportsOf, type TestLink, type TestNodes } from "./world.ts";

const NODES = Number(process.argv[2] ?? 1_000);
const RELAYS = Math.round(0.06 * NODES);
const LINKS = 3 * NODES;

const random = new Random(1);
const relays = Array.from({ length: RELAYS }, (_, at) => `relay-${at}`);
const edges = Array.from({ length: NODES - RELAYS }, (_, at) => `edge-${at}`);
const wide = { ...RELAY, report: { offer: { ...OFFER, classes: ALL, rate: 1_000_000 } } };
const nodes: TestNodes = {
  ...Object.fromEntries(relays.map((name) => [name, wide])),
  ...Object.fromEntries(edges.map((name) => [name, {}])),
};
const links = new Map<string, TestLink>();
const join = (a: string, b: string): void => {
  if (a !== b) links.set([a, b].sort().join(" "), link(a, b, random.between(1, 60)));
};
for (const edge of edges) for (let count = 0; count < 3; count++) join(edge, random.pick(relays));
while (links.size < LINKS) join(random.pick(relays), random.pick(relays));

const directory = directoryOfNodes(nodes);
const reports = reportsOf(nodes, [...links.values()]);
const graphWithout = (dead: string | undefined): RouteGraph =>
  new RouteGraph(
    reports.filter(({ subject }) => subject !== dead),
    { directory, partitions: new Set(["north"]) },
  );
const weights = weightsOf(undefined);
const wants = Array.from({ length: 1_000 }, (_, at): Want => {
  const [origin, host] = [edges[at % edges.length]!, random.pick(edges)];
  return { origin, service: `web-${at}`, scope: "cluster", host, label: 900, classes: ["reliable"], rate: 1_000 };
});

function composeAll(graph: RouteGraph, plan: Plan): { readonly took: number[]; readonly found: Map<Want, Composed> } {
  const found = new Map<Want, Composed>();
  const took = wants.map((want) => {
    const from = cpuMs();
    const lease = compose(want, { graph, weights, plan, coordinators: 1 });
    if (typeof lease !== "string") {
      found.set(want, lease);
      plan.clear(slotOfWant(want));
      plan.add(slotOfWant(want), { id: want.service, ends: 1, classes: want.classes, ...lease });
    }
    return cpuMs() - from;
  });
  return { took: took.sort((a, b) => a - b), found };
}

const from = cpuMs();
const graph = graphWithout(undefined);
print(`a graph of ${graph.nodes.length} nodes and ${graph.links.length} links: ${ms(cpuMs() - from)}`);
const plan = new Plan();
const first = composeAll(graph, plan);
tell("composed", first);
const uses = (name: string): number =>
  [...first.found.values()].filter(({ routes }) => routes[0]!.route.via.includes(name)).length;
const best = relays.toSorted((a, b) => uses(b) - uses(a))[0]!;
const again = performance.now();
const before = cpuMs();
tell(`${best}, in ${uses(best)} primaries, is dead: composed`, composeAll(graphWithout(best), plan));
print(`all of them in ${ms(cpuMs() - before)}, which took ${ms(performance.now() - again)}`);
const fullest = Math.max(...relays.map((name) => plan.loadOf(name)));
print(`the fullest relay carries ${fullest} of ${wide.report.offer.rate} kbit/s`);

function tell(what: string, { took, found }: ReturnType<typeof composeAll>): void {
  const at = (part: number): string => ms(took[Math.floor(took.length * part)]!);
  print(`${what} ${found.size} of ${wants.length}: p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(0.999)}`);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(2)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
