import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { wordsOf, writeHeader } from "@florenetes/labels";
import { type MeshNode, nodeSockets } from "@florenetes/mesh-file";
import { cpuSeconds, type Lab, openLab } from "@florenetes/meshlab";
import { addFigures, type AllFigures, type Figures } from "../figures.ts";
import { whenQuiet } from "../measures/machine.ts";
import { isSoon } from "../measures/programs.ts";
import type { Plan } from "../plan.ts";
import { type Column, medians, problemLines, tableOf } from "../tables.ts";
import { feed, type Feed } from "./feed.ts";
import { type Generator, openGenerator } from "./generator.ts";

const CLUSTER = "bench";
const LABEL_BEHIND = 900;
/** Loopback takes UDP payloads of this size, which link-flor knows of 127.0.0.1 alone. */
const UDP_PAYLOAD = 16_383;
const READY_MS_MAX = 15_000;

type TransitFigure = "packets/s" | "lost %" | "link-flor, µs" | "cluster-flor, µs";

/** Frames of one kind through the node, and what each packet cost the node's processes. */
export interface TransitResult {
  readonly figures: AllFigures<TransitFigure>;
  readonly packetBytes: number;
  readonly packetsPerFrame: number;
  readonly problems: readonly string[];
}

/** Small packets, and the largest: of those a frame holds three. */
const FRAMES = [
  ...[1, 4, 32].map((packetsPerFrame) => ({ packetBytes: 1280, packetsPerFrame })),
  ...[1, 3].map((packetsPerFrame) => ({ packetBytes: 16_384, packetsPerFrame })),
];

/**
 * Feeds node b of a lab on loopback, whose neighbours a and c are link-flors with the generator behind them. What fails is a problem in its
 * result.
 */
export async function measureTransit(plan: Plan, onStep: (text: string) => void): Promise<TransitResult[]> {
  const results: TransitResult[] = [];
  for (const kind of FRAMES) {
    onStep(`transit, frames of ${kind.packetsPerFrame} × ${kind.packetBytes.toLocaleString("en")} bytes`);
    const result = { ...kind, figures: {}, problems: [] as string[] };
    results.push(result);
    try {
      await using lab = await openNeighbours();
      using from = openNeighbour(lab, "a");
      using to = openNeighbour(lab, "c");
      if (!(await isSoon(() => from.isUp && to.isUp, READY_MS_MAX)))
        throw new Error(`the links are not up within ${READY_MS_MAX} ms: ${await lab.logs("b", "cluster-flor")}`);
      // The other ends hear of it a moment later.
      await sleep(500);
      await takeRounds(lab, { ...kind, packet: packetFor(lab, kind.packetBytes), from, to }, plan, result.figures);
    } catch (error) {
      result.problems.push((error as Error).message);
    }
  }
  return results;
}

/** Node b between a and c, which call it; a's packets for the service on c pass through. Only what the generator needs is started. */
async function openNeighbours(): Promise<Lab> {
  const lab = await openLab({
    cluster: CLUSTER,
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["c", "b"] }],
    services: { any: { node: "c", target: "tcp://127.0.0.1:1", allow: ["user/any"] } },
    tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/any", service: "any", path: ["a", "b", "c"] }],
  });
  for (const node of lab.nodeNames) {
    const file = lab.configFile(node, "link-flor");
    writeFileSync(file, readFileSync(file, "utf8").replace("listen:", `udp-payload-max: ${UDP_PAYLOAD}, listen:`));
    lab.start(node, "link-flor");
  }
  lab.start("b", "cluster-flor");
  return lab;
}

function openNeighbour({ mesh }: Lab, name: string): Generator {
  const [own, peer] = [name, "b"].map((one) => mesh.nodes.find((node) => node.name === one)!) as [MeshNode, MeshNode];
  const { linkFlorio, clusterFlorio } = nodeSockets(mesh, own);
  const link = { peer: peer.name, endpoint: `udp://${peer.address}:${peer.port}` };
  return openGenerator(CLUSTER, name, link, { bind: clusterFlorio, connect: linkFlorio });
}

/** A packet that b sends on to c, and c would deliver. */
function packetFor(lab: Lab, bytes: number): Uint8Array {
  // The first label of the path is b's of its link to c.
  const label = /labels: \[ (\d+)/.exec(readFileSync(lab.configFile("a", "cluster-flor"), "utf8"))![1];
  const packet = new Uint8Array(bytes);
  writeHeader(packet, 0, 1, 2, wordsOf([Number(label), LABEL_BEHIND]));
  return packet;
}

async function takeRounds(lab: Lab, stream: Feed, plan: Plan, all: AllFigures<TransitFigure>): Promise<void> {
  const processes = lab.pids().filter(({ node }) => node === "b");
  const used = (): number[] => processes.map(({ pid }) => cpuSeconds(pid) ?? 0);
  await feed(stream, 1);
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    await whenQuiet(plan.quietMs, async () => {
      const before = used();
      const { seconds, sent, received } = await feed(stream, plan.seconds);
      if (received === 0) throw new Error("no packet came out of the node");
      const spent = used().map((after, index) => [
        `${processes[index]!.process}, µs`,
        ((after - before[index]!) * 1e6) / received,
      ]);
      addFigures(all, {
        "packets/s": received / seconds,
        "lost %": (100 * (sent - received)) / sent,
        ...(Object.fromEntries(spent) as Figures<TransitFigure>),
      });
    });
  }
}

const COLUMNS: readonly Column<TransitResult>[] = [
  { heading: "bytes per packet", cell: ({ packetBytes }) => packetBytes.toLocaleString("en") },
  { heading: "packets per frame", cell: ({ packetsPerFrame }) => String(packetsPerFrame) },
  medians("packets/s", ["packets/s"]),
  medians("µs of CPU per packet, link-flor / cluster-flor", ["link-flor, µs", "cluster-flor, µs"], 1),
  medians("lost %", ["lost %"], 1),
];

const MEANING =
  "Packets through node b, from its link to a to its link to c, on loopback; medians. The generator is behind the link-flors of a and c, which " +
  "decide what travels together. Sent is as fast as packets come out, with 64 on their way, or 256 KB. CPU is that of the node's own " +
  "processes. The generator and the two neighbours share the machine's cores with them, so that packets per second are fewer than the " +
  "node alone would pass: the CPU time per packet tells more.";

/** The figures as a table in Markdown, with what they mean below it. */
export function renderTransit(results: readonly TransitResult[]): string {
  const problems = results.map(({ packetBytes, packetsPerFrame, problems: all }) =>
    problemLines(`transit, ${packetsPerFrame} of ${packetBytes} bytes per frame`, all),
  );
  return `${tableOf(COLUMNS, results)}\n${MEANING}\n${problems.join("")}`;
}
