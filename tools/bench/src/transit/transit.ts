import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { wordsOf, writeHeader } from "@florenetes/forwarding";
import { type MeshNode, nodeSockets } from "@florenetes/mesh-file";
import { cpuSeconds, type Lab, openLab } from "@florenetes/meshlab";
import { addFigures, type Figures } from "../figures.ts";
import { untilQuiet } from "../measures/machine.ts";
import { isSoon } from "../measures/programs.ts";
import { TRANSIT_PLACE } from "../place.ts";
import type { Plan } from "../plan.ts";
import { emptyResult, type SystemResult } from "../system-result.ts";
import { feed, type Feed } from "./feed.ts";
import { type Generator, openGenerator } from "./generator.ts";

const CLUSTER = "bench";
const LABEL_BEHIND = 900;
/** Loopback takes UDP payloads of this size. link-flor assumes that for 127.0.0.1 alone. */
const UDP_PAYLOAD = 16_383;
const READY_MS_MAX = 15_000;

/** Frames of small packets, and of the largest packets; a frame holds three of the largest. */
const FRAMES = [
  ...[1, 4, 32].map((packetsPerFrame) => ({ packetBytes: 1280, packetsPerFrame })),
  ...[1, 3].map((packetsPerFrame) => ({ packetBytes: 16_384, packetsPerFrame })),
];

/**
 * Feeds node b of a lab on loopback, whose neighbours a and c are link-flors with the generator behind them. A failure is a problem in
 * the result.
 */
export async function measureTransit(plan: Plan, onStep: (text: string) => void): Promise<SystemResult[]> {
  const results: SystemResult[] = [];
  for (const { packetBytes, packetsPerFrame } of FRAMES) {
    const result = emptyResult(
      `frames of ${packetsPerFrame} × ${packetBytes.toLocaleString("en")} bytes`,
      TRANSIT_PLACE,
    );
    results.push(result);
    onStep(`transit, ${result.key}`);
    try {
      await using lab = await openNeighbours();
      using from = openNeighbour(lab, "a");
      using to = openNeighbour(lab, "c");
      if (!(await isSoon(() => from.isUp && to.isUp, READY_MS_MAX)))
        throw new Error(`the links are not up within ${READY_MS_MAX} ms: ${await lab.logs("b", "cluster-flor")}`);
      // The other ends of the links hear of a change a moment later.
      await sleep(500);
      const stream = { from, to, packet: packetFor(lab, packetBytes), packetsPerFrame };
      await feed(stream, 1);
      for (let repeat = 0; repeat < plan.repeats; repeat++) {
        await untilQuiet(plan.quietMs);
        addFigures(result.figures, await takeRound(lab, stream, plan.seconds));
      }
    } catch (error) {
      result.problems.push((error as Error).message);
    }
  }
  return results;
}

/** A lab with node b between a and c, which call b. Packets from a for the service on c pass through b. Only the processes that the
 *  generator needs are started. */
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
  // The first label of the path is b's label for its link to c.
  const label = /labels: \[ (\d+)/.exec(readFileSync(lab.configFile("a", "cluster-flor"), "utf8"))![1];
  const packet = new Uint8Array(bytes);
  writeHeader(packet, 0, 1, 2, wordsOf([Number(label), LABEL_BEHIND]));
  return packet;
}

async function takeRound(lab: Lab, stream: Feed, seconds: number): Promise<Figures> {
  const processes = lab.pids().filter(({ node }) => node === "b");
  const used = (): number[] => processes.map(({ pid }) => cpuSeconds(pid) ?? 0);
  const before = used();
  const { sent, received, seconds: took } = await feed(stream, seconds);
  if (received === 0) throw new Error("no packet came out of the node");
  const spent = used().map((after, index) => ((after - before[index]!) * 1e6) / received);
  return {
    "packets/s": received / took,
    "lost %": (100 * (sent - received)) / sent,
    ...Object.fromEntries(processes.map(({ process }, index) => [`${process} µs`, spent[index]!])),
  };
}
