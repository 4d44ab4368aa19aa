import { setTimeout as sleep } from "node:timers/promises";
import { wordsOf, writeHeader } from "@florenetes/labels";
import { totalCpuSeconds } from "../accounting.ts";
import { type Noise, whenQuiet } from "../measures/quiet.ts";
import { isSoon } from "../until.ts";
import { feed, type Feed } from "./feed.ts";
import { openAsClusterVertex, openAsLinkVertex } from "./generator-end.ts";
import { CLUSTER, freePort, LABEL_TO_C, TransitGround } from "./transit-node.ts";

const LABEL_BEHIND = 900;
const READY_WITHIN_MS = 15_000;

export interface TransitPlan {
  readonly seconds: number;
  readonly repeats: number;
  readonly quietMs: number;
}

/** One figure: packets that went through, and what each cost. */
export interface TransitRound {
  readonly packetsPerSecond: number;
  /** Microseconds of CPU time per packet, by process of the node. */
  readonly microsPerPacket: Readonly<Record<string, number>>;
  /** Share of the packets sent that did not come out. */
  readonly lostShare: number;
  readonly noise: Noise;
}

export interface TransitResult {
  /** What the generator feeds. */
  readonly name: string;
  readonly packetBytes: number;
  readonly packetsPerFrame: number;
  readonly rounds: readonly TransitRound[];
  /** Why it could not be measured. */
  readonly problem: string | null;
}

/** Small packets, and the largest: of those a frame holds three. */
const FRAMES: readonly FrameKind[] = [
  ...[1, 4, 32].map((packetsPerFrame) => ({ packetBytes: 1280, packetsPerFrame })),
  ...[1, 3].map((packetsPerFrame) => ({ packetBytes: 16_384, packetsPerFrame })),
];

interface FrameKind {
  readonly packetBytes: number;
  readonly packetsPerFrame: number;
}

/** Takes all figures; what fails is a problem in its result. */
export async function measureTransit(plan: TransitPlan, onStep: (text: string) => void): Promise<TransitResult[]> {
  const results: TransitResult[] = [];
  for (const [name, measure] of [
    ["cluster-flor alone", measureClusterFlor],
    ["link-flor and cluster-flor", measureNode],
  ] as const) {
    for (const frames of FRAMES) {
      onStep(`${name}, frames of ${frames.packetsPerFrame} × ${frames.packetBytes.toLocaleString("en")} bytes`);
      try {
        results.push({ name, ...frames, rounds: await measure(frames, plan), problem: null });
      } catch (error) {
        results.push({ name, ...frames, rounds: [], problem: (error as Error).message });
      }
    }
  }
  return results;
}

/** Frames into cluster-flor's FlorIO socket, and out of it again: the generator stands in the place of its link-flor. */
async function measureClusterFlor(frames: FrameKind, plan: TransitPlan): Promise<TransitRound[]> {
  await using ground = new TransitGround();
  const paths = { bind: ground.socket("b", "link"), connect: ground.socket("b", "cluster") };
  using end = openAsLinkVertex(CLUSTER, "b", paths);
  const processes = new Map([["cluster-flor", ground.startClusterFlor()]]);
  await untilUp(ground, () => end.handleOf("a") !== 0 && end.handleOf("c") !== 0);
  const stream = { from: end, to: end, peer: "a", ...streamOf(frames) };
  return await takeRounds(stream, processes, plan);
}

/** Packets over a link into the node, and over another link out of it: its neighbours are link-flors, the generator behind them. */
async function measureNode(frames: FrameKind, plan: TransitPlan): Promise<TransitRound[]> {
  await using ground = new TransitGround();
  const port = await freePort();
  const processes = new Map([
    ["link-flor", ground.startLinkFlor("b", port)],
    ["cluster-flor", ground.startClusterFlor()],
  ]);
  const openNeighbour = async (name: string) => {
    ground.startLinkFlor(name, await freePort());
    const paths = { bind: ground.socket(name, "cluster"), connect: ground.socket(name, "link") };
    const link = { peer: "b", endpoint: `udp://127.0.0.1:${port}` };
    return openAsClusterVertex({ cluster: CLUSTER, vertex: name }, link, paths);
  };
  using from = await openNeighbour("a");
  using to = await openNeighbour("c");
  await untilUp(ground, () => from.handleOf("b") !== 0 && to.handleOf("b") !== 0);
  const stream = { from, to, peer: "b", ...streamOf(frames) };
  return await takeRounds(stream, processes, plan);
}

async function takeRounds(
  stream: Feed,
  processes: ReadonlyMap<string, number>,
  plan: TransitPlan,
): Promise<TransitRound[]> {
  await feed(stream, Math.min(1, plan.seconds));
  const rounds: TransitRound[] = [];
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    const { value, noise } = await whenQuiet(plan.quietMs, async () => {
      const usedBy = () =>
        [...processes].map(([name, pid]) => [name, totalCpuSeconds(new Map([[name, pid]]))] as const);
      const before = new Map(usedBy());
      const fed = await feed(stream, plan.seconds);
      const spent = usedBy().map(([name, seconds]) => [name, seconds - before.get(name)!] as const);
      return { ...fed, spent };
    });
    if (value.received === 0) throw new Error("no packet came out of the node");
    rounds.push({
      packetsPerSecond: value.received / value.seconds,
      microsPerPacket: Object.fromEntries(
        value.spent.map(([name, seconds]) => [name, (seconds * 1e6) / value.received] as const),
      ),
      lostShare: (value.sent - value.received) / value.sent,
      noise,
    });
  }
  return rounds;
}

/** Packets that b sends on to c, and c would deliver. */
function streamOf({ packetBytes, packetsPerFrame }: FrameKind): Pick<Feed, "packet" | "packetsPerFrame"> {
  const packet = new Uint8Array(packetBytes);
  writeHeader(packet, 0, 1, 2, wordsOf([LABEL_TO_C, LABEL_BEHIND]));
  return { packet, packetsPerFrame };
}

async function untilUp(ground: TransitGround, isUp: () => boolean): Promise<void> {
  if (!(await isSoon(isUp, READY_WITHIN_MS))) {
    throw new Error(`the links are not up within ${READY_WITHIN_MS} ms: ${ground.said}`);
  }
  // The other ends hear of it a moment later.
  await sleep(500);
}
