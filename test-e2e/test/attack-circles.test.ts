/*
 *   a ───── x ───── y        x, y and z permit transit round the triangle, which no operator should, and from m into it. m has a
 *           │ ╲   ╱          valid certificate and no manners. a's ping-pong with y goes over x.
 *           m   z
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MaliciousVertex, meshPacket } from "../src/attackers/malicious-vertex.ts";
import { clusterCounts } from "../src/counted.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** The transit limit of x, y and z, for each direction of each pair. */
const LIMIT = { packets: 500, bytes: 1_000_000 };
const SENT = 20;
const WORDS = 16;

describe.skipIf(!isRoot)("a neighbour that sends packets round a triangle", () => {
  let lab: Lab;
  let m: MaliciousVertex;
  let workload: SteadyWorkload;
  let circle: readonly number[];

  beforeAll(async () => {
    const nodes = Object.fromEntries(["x", "y", "z"].map((name) => [name, { "transit-limit": LIMIT }]));
    lab = await openLab(
      {
        cluster: "circles",
        nodes: { a: {}, m: {}, ...nodes },
        links: ["a x", "x m", "x y", "y z", "z x"].map((ends) => ({ between: ends.split(" ") })),
        services: { steady: { node: "y", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "steady", path: ["a", "x", "y"] },
        ],
        transit: {
          x: [
            ["a", "y"],
            ["m", "y"],
            ["z", "y"],
          ],
          y: [["x", "z"]],
          z: [["y", "x"]],
        },
      },
      { mode: "netns" },
    );
    await lab.up();
    await SteadyService.start(lab, "y", 8080);
    workload = await SteadyWorkload.start(lab, "a", 18_001, ["p"]);
    const labelOf = (node: string, peer: string): number =>
      Number(
        new RegExp(`peer: "?${peer}"?,.*label: (\\d+)`).exec(
          readFileSync(lab.configFile(node, "cluster-flor"), "utf8"),
        )![1],
      );
    const round = [labelOf("x", "y"), labelOf("y", "z"), labelOf("z", "x")];
    circle = Array.from({ length: WORDS }, (_, at) => round[at % 3]!);
    m = await MaliciousVertex.replace(lab, "m");
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    m?.[Symbol.dispose]();
    await lab?.down();
  });

  /** Counts the packets that have passed a vertex from one link to another. */
  async function passed(node: string, inLink: string, outLink: string): Promise<{ packets: number; dropped: number }> {
    const { transit } = (await clusterCounts(lab, node)).forwarding;
    const { packets, packetsDropped } = transit.find((pair) => pair.inLink === inLink && pair.outLink === outLink)!;
    return { packets, dropped: packetsDropped };
  }

  /** The numbers of packets that circled, by the links on which they left. */
  async function circled(): Promise<number[]> {
    const pairs = [await passed("x", "m", "y"), await passed("x", "z", "y")];
    const rest = [await passed("y", "x", "z"), await passed("z", "y", "x")];
    return [pairs[0]!.packets + pairs[1]!.packets, rest[0]!.packets, rest[1]!.packets];
  }

  test("has each link carry a packet once, and the first one once more, whatever hop limit it writes", async () => {
    for (let sent = 1; sent <= SENT; sent++) m.send("x", meshPacket(circle, randomBytes(50), { hopLimit: 255 }));
    const drops = async (): Promise<number> => (await clusterCounts(lab, "y")).drops.forwarding["circling"]!;
    // A packet may be lost on the way, where the machine is busy.
    await expect.poll(drops, PATIENCE).toBeGreaterThan(0.8 * SENT);
    await workload.untilProgress(now());
    const counts = await circled();
    expect(counts[0]).toBeLessThanOrEqual(2 * SENT);
    expect(Math.max(counts[1]!, counts[2]!)).toBeLessThanOrEqual(SENT);
  });

  test("is held to the limit of each pair, and the ping-pong beside it goes on", async () => {
    const from = now();
    const before = await circled();
    const flood = async (): Promise<number> => {
      for (let sent = 0; sent < 300; sent++) m.send("x", meshPacket(circle, randomBytes(50)));
      return (await passed("x", "m", "y")).dropped;
    };
    await expect.poll(flood, PATIENCE).toBeGreaterThan(100);
    await workload.untilProgress(now());
    const after = await circled();
    const seconds = (now() - from) / 1_000;
    // Packets may enter x from m and from z, each with an amount of its own; the amount of a second may come at once.
    const amounts = [2, 1, 1];
    for (const [at, count] of after.entries()) {
      expect(count - before[at]!).toBeLessThanOrEqual(amounts[at]! * LIMIT.packets * (1 + seconds));
    }
    expect((await passed("x", "a", "y")).dropped).toBe(0);
  });
});
