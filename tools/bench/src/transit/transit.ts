import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { wordsOf, writeHeader } from "@florenetes/labels";
import { nodeSockets } from "@florenetes/mesh-file";
import { cpuSeconds, type Lab, openLab } from "@florenetes/meshlab";
import { type Noise, whenQuiet } from "../measures/machine.ts";
import { isSoon } from "../measures/programs.ts";
import { feed, type Feed } from "./feed.ts";
import { type EndPaths, openAsClusterVertex, openAsLinkVertex } from "./generator-end.ts";

const CLUSTER = "bench";
const LABEL_BEHIND = 900;
/** Loopback takes UDP payloads of this size, which link-flor knows of 127.0.0.1 alone. */
const UDP_PAYLOAD = 16_383;
const READY_MS_MAX = 15_000;

export interface TransitPlan {
  readonly seconds: number;
  readonly repeats: number;
  readonly quietMs: number;
}

export const FULL_TRANSIT: TransitPlan = { seconds: 3, repeats: 3, quietMs: 10_000 };
export const QUICK_TRANSIT: TransitPlan = { seconds: 1, repeats: 1, quietMs: 1_000 };

/** One figure: packets that went through, and what each cost. */
export interface TransitRound {
  readonly packetsPerSecond: number;
  /** Microseconds of CPU time per packet, by process of the node. */
  readonly microsPerPacket: Readonly<Record<string, number>>;
  /** Share of the packets sent that did not come out. */
  readonly lostShare: number;
  readonly noise: Noise;
}

export interface TransitResult extends FrameKind {
  /** The processes that the generator feeds. */
  readonly name: string;
  readonly rounds: readonly TransitRound[];
  readonly problems: readonly string[];
}

interface FrameKind {
  readonly packetBytes: number;
  readonly packetsPerFrame: number;
}

/** Small packets, and the largest: of those a frame holds three. */
const FRAMES: readonly FrameKind[] = [
  ...[1, 4, 32].map((packetsPerFrame) => ({ packetBytes: 1280, packetsPerFrame })),
  ...[1, 3].map((packetsPerFrame) => ({ packetBytes: 16_384, packetsPerFrame })),
];

/** The processes of a lab on loopback that run. The generator stands in the place of those at its ends. */
const MEASURED = {
  "cluster-flor alone": measureClusterFlor,
  "link-flor and cluster-flor": measureNode,
} as const;

/** Takes all figures; what fails is a problem in its result. */
export async function measureTransit(plan: TransitPlan, onStep: (text: string) => void): Promise<TransitResult[]> {
  const results: TransitResult[] = [];
  for (const [name, measure] of Object.entries(MEASURED)) {
    for (const frames of FRAMES) {
      onStep(`${name}, frames of ${frames.packetsPerFrame} × ${frames.packetBytes.toLocaleString("en")} bytes`);
      try {
        await using lab = await openNeighbours();
        results.push({ name, ...frames, rounds: await measure(lab, frames, plan), problems: [] });
      } catch (error) {
        results.push({ name, ...frames, rounds: [], problems: [(error as Error).message] });
      }
    }
  }
  return results;
}

/** Node b between a and c, which call it; a's packets for the service on c pass through. */
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
  }
  return lab;
}

/** Frames into cluster-flor's FlorIO socket, and out of it again: the generator stands in the place of its link-flor. */
async function measureClusterFlor(lab: Lab, frames: FrameKind, plan: TransitPlan): Promise<TransitRound[]> {
  const { linkFlorio, clusterFlorio } = socketsOf(lab, "b");
  using end = openAsLinkVertex(CLUSTER, "b", { bind: linkFlorio, connect: clusterFlorio });
  lab.start("b", "cluster-flor");
  await untilUp(lab, () => end.handleOf("a") !== 0 && end.handleOf("c") !== 0);
  return await takeRounds(lab, { from: end, to: end, peer: "a", ...streamOf(lab, frames) }, plan);
}

/** Packets over a link into the node, and over another link out of it: its neighbours are link-flors, the generator behind them. */
async function measureNode(lab: Lab, frames: FrameKind, plan: TransitPlan): Promise<TransitRound[]> {
  for (const node of ["a", "b", "c"]) lab.start(node, "link-flor");
  lab.start("b", "cluster-flor");
  const { address, port } = lab.mesh.nodes.find(({ name }) => name === "b")!;
  const openNeighbour = (name: string) => {
    const { linkFlorio, clusterFlorio } = socketsOf(lab, name);
    const paths: EndPaths = { bind: clusterFlorio, connect: linkFlorio };
    return openAsClusterVertex(
      { cluster: CLUSTER, vertex: name },
      { peer: "b", endpoint: `udp://${address}:${port}` },
      paths,
    );
  };
  using from = openNeighbour("a");
  using to = openNeighbour("c");
  await untilUp(lab, () => from.handleOf("b") !== 0 && to.handleOf("b") !== 0);
  return await takeRounds(lab, { from, to, peer: "b", ...streamOf(lab, frames) }, plan);
}

async function takeRounds(lab: Lab, stream: Feed, { seconds, repeats, quietMs }: TransitPlan): Promise<TransitRound[]> {
  const processes = lab.pids().filter(({ node }) => node === "b");
  const used = (): number[] => processes.map(({ pid }) => cpuSeconds(pid) ?? 0);
  await feed(stream, Math.min(1, seconds));
  const rounds: TransitRound[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { value, noise } = await whenQuiet(quietMs, async () => {
      const before = used();
      const fed = await feed(stream, seconds);
      return { ...fed, spent: used().map((after, index) => after - before[index]!) };
    });
    if (value.received === 0) throw new Error("no packet came out of the node");
    const micros = processes.map(({ process }, index) => [process, (value.spent[index]! * 1e6) / value.received]);
    rounds.push({
      packetsPerSecond: value.received / value.seconds,
      microsPerPacket: Object.fromEntries(micros) as TransitRound["microsPerPacket"],
      lostShare: (value.sent - value.received) / value.sent,
      noise,
    });
  }
  return rounds;
}

/** Packets that b sends on to c, and c would deliver. */
function streamOf(lab: Lab, { packetBytes, packetsPerFrame }: FrameKind): Pick<Feed, "packet" | "packetsPerFrame"> {
  // The first label of the path is b's of its link to c.
  const label = /labels: \[ (\d+)/.exec(readFileSync(lab.configFile("a", "cluster-flor"), "utf8"))![1];
  const packet = new Uint8Array(packetBytes);
  writeHeader(packet, 0, 1, 2, wordsOf([Number(label), LABEL_BEHIND]));
  return { packet, packetsPerFrame };
}

function socketsOf({ mesh }: Lab, name: string): ReturnType<typeof nodeSockets> {
  return nodeSockets(
    mesh,
    mesh.nodes.find((node) => node.name === name)!,
  );
}

async function untilUp(lab: Lab, isUp: () => boolean): Promise<void> {
  if (!(await isSoon(isUp, READY_MS_MAX))) {
    throw new Error(`the links are not up within ${READY_MS_MAX} ms: ${await lab.logs("b", "cluster-flor")}`);
  }
  // The other ends hear of it a moment later.
  await sleep(500);
}
