/** The watchers of simulated meshes find a transport that breaks its promises: otherwise a seed that passes would say nothing. */
import { DataFrameWriter } from "@florenetes/florio";
import { LABEL_CONNECTION, wordsOf, writeHeader } from "@florenetes/forwarding";
import { Life, Random, Scheduler } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { patternAt } from "../src/sim/byte-pattern.ts";
import { CircleWatch } from "../src/sim/circle-watch.ts";
import { Conversations } from "../src/sim/conversations.ts";
import { MemorySocket } from "../src/sim/memory-socket.ts";
import { PacketWatch } from "../src/sim/packet-watch.ts";
import { checkPromptness } from "../src/sim/promptness.ts";
import { SeedRunner } from "../src/sim/seed-runner.ts";
import { SimMesh } from "../src/sim/sim-mesh.ts";
import { SimPlan } from "../src/sim/sim-plan.ts";
import type { Part } from "../src/sim/talk.ts";

const part: Part = { bytes: 1_000, endsLast: false, pausesAt: Infinity, pauseMs: 0, resetsAt: Infinity };
const head = new Uint8Array(4);
/** Bytes that the client of the first conversation says. */
const said = (from: number, to: number): Uint8Array => patternAt(0, from, to - from);

/** The socket of a service that is about to hear the first conversation. */
function serviceSocket({ isRightService = true } = {}): MemorySocket {
  const scheduler = new Scheduler();
  const life = new Life(scheduler);
  const conversations = new Conversations(scheduler);
  const { tunnels, services } = new SimPlan(2, new Random(1));
  const { service } = tunnels[0]!;
  const { client } = conversations.begin(tunnels[0]!, { client: part, service: part }, life);
  client.start(new MemorySocket(life, client));
  return conversations.answer(isRightService ? service : services[1 - service.node]![0]!, life);
}

describe("a workload", () => {
  test("takes what was said, in any pieces", () => {
    const socket = serviceSocket();
    for (const bytes of [head.subarray(1), head.subarray(3), said(0, 10), said(10, 1_000)]) socket.write(bytes);
  });

  test.each([
    ["lost", [said(0, 10), said(11, 20)], "hears other bytes than it should from 10 on"],
    ["doubled", [said(0, 10), said(9, 20)], "hears other bytes than it should from 10 on"],
    ["out of order", [said(10, 20), said(0, 10)], "hears other bytes than it should from 0 on"],
    ["another conversation's", [patternAt(2, 0, 10)], "hears other bytes than it should from 0 on"],
    ["the other direction's", [patternAt(1, 0, 10)], "hears other bytes than it should from 0 on"],
    ["more than there are", [said(0, 1_001)], "hears more than was said"],
  ])("stops the run at bytes that are %s", (_name, pieces, text) => {
    const socket = serviceSocket();
    socket.write(head);
    expect(() => pieces.forEach((bytes) => socket.write(bytes))).toThrow(text);
  });

  test("stops the run at a reset that nobody wanted", () => {
    const socket = serviceSocket();
    socket.write(head);
    expect(() => socket.reset()).toThrow("is reset without a reason");
  });

  test("stops the run at a conversation of another service", () => {
    expect(() => serviceSocket({ isRightService: false }).write(head)).toThrow("has come to");
  });

  test("stops the run at a conversation that is none", () => {
    expect(() => serviceSocket().write(Uint8Array.of(0, 0, 0, 1))).toThrow("hears of conversation 1, which is none");
  });
});

describe("a packet", () => {
  const plan = new SimPlan(2, new Random(1));
  const [tunnel] = plan.tunnels;
  const { from, labels, service } = tunnel!;

  /** Has a frame with one packet of the tunnel's come in on the only link of a node. */
  function come(watch: PacketWatch, node: number, words: readonly number[], change: { hopLimit?: number } = {}): void {
    const packet = new Uint8Array(100);
    writeHeader(packet, 0, 1, 2, wordsOf(words));
    packet[1] = change.hopLimit ?? packet[1]!;
    const frame = new DataFrameWriter();
    frame.reset(1);
    frame.append(packet, 0, packet.length);
    watch.handleFrame(node, 0, frame.bytes());
  }

  test("goes along a tunnel's path and back", () => {
    const watch = new PacketWatch(plan);
    come(watch, service.node, labels);
    come(watch, from, [LABEL_CONNECTION]);
  });

  test("stops the run on a path that no tunnel names", () => {
    expect(() => come(new PacketWatch(plan), service.node, [999])).toThrow("which no tunnel names");
  });

  test("stops the run with a hop limit that does not say how far it came", () => {
    const watch = new PacketWatch(plan);
    come(watch, service.node, labels);
    expect(() => come(watch, service.node, labels, { hopLimit: 31 })).toThrow("as its hop limit tells");
  });

  test("stops the run as an answer to nobody, or to somebody else", () => {
    const watch = new PacketWatch(plan);
    expect(() => come(watch, from, [LABEL_CONNECTION])).toThrow("that no originator has sent");
    come(watch, service.node, labels);
    expect(() => come(watch, service.node, [LABEL_CONNECTION])).toThrow("and answers another way's");
  });
});

describe("a packet that circles", () => {
  /** Has a packet come to a node with these hop limits, one after the other. */
  function circle(...hopLimits: readonly number[]): void {
    const watch = new CircleWatch();
    const { high, low } = watch.begin(hopLimits[0]!);
    const packet = new Uint8Array(100);
    writeHeader(packet, 0, high, low, wordsOf([100, LABEL_CONNECTION]));
    for (const hopLimit of hopLimits) {
      packet[1] = hopLimit;
      watch.takePacket(0, 0, packet, 0);
    }
  }

  test("may come to a node again, with less of its hop limit", () => circle(255, 31));

  test.each([
    ["uses up none of its hop limit", [32, 32], "with another hop limit"],
    ["had more than there may be", [255, 254], "with another hop limit"],
    ["has none left", [1, 0], "beyond its hop limit"],
    ["is passed on twice on one way", [32, 31, 30], "3 times on the same way"],
  ])("stops the run when it %s", (_name, hopLimits, text) => {
    expect(() => circle(...hopLimits)).toThrow(text);
  });
});

describe("a mesh that is whole", () => {
  /** Times a mesh of two nodes; the first stands still for this long in every second. */
  function time(standsStillMs: number): void {
    const mesh = new SimMesh(1, 2, { engine: "simulated" });
    const { scheduler } = mesh.world;
    scheduler.runFor(5_000);
    const dawdle = (): void => {
      mesh.nodes[0]!.cluster.standStill(standsStillMs);
      scheduler.after(1_000, dawdle);
    };
    dawdle();
    const useful = mesh.plan.tunnels.filter((tunnel) => mesh.plan.isUseful(tunnel));
    checkPromptness(mesh, useful);
  }

  test("answers as soon as its paths can", () => time(0));

  test("stops the run where a process dawdles", () => {
    expect(() => time(990)).toThrow(/are prompt|is not done within/);
  });
});

test("a mesh that hangs is named, and the next one runs", async () => {
  const hanging = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", ({ seed }) => {
      for (; seed === 7; );
      parentPort.postMessage({ kind: "report", report: seed });
    });`;
  const file = new URL(`data:text/javascript,${encodeURIComponent(hanging)}`);
  const runner = new SeedRunner(undefined, { file, patienceMs: 1_000 });
  await expect(runner.run(7, 3)).rejects.toThrow("seed 7 hangs at 0 ms; to see it again: npm run sim -- --seed 7");
  expect(await runner.run(8, 3)).toBe(8);
  await runner.close();
});
