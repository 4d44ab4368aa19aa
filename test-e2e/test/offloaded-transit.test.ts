/*
 *   a ───── b ───── c     a ping-pong, a download and an upload from a to c; b's link-flor forwards them by itself, so that they go on while
 *                         b's cluster-flor is away
 */
import { appendFileSync } from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterFlorCounts, clusterCounts, linkCounts } from "../src/counted.ts";
import { freePort } from "../src/free-port.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** The engines to test. The native one forwards in its data thread. */
const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
/** Round trips of the ping-pong, one after another, that b has to carry without its cluster vertex. */
const ROUND_TRIPS = 10;

let lab: Lab;
let workload: SteadyWorkload;

function countsOfB(): Promise<ClusterFlorCounts> {
  return clusterCounts(lab, "b");
}

/** Packets that b's link-flor has handed to its cluster-flor. */
async function handedUp(): Promise<number> {
  return (await linkCounts(lab, "b")).portal.florio["packetsSent"]!;
}

/** Packets that passed through b, as its cluster-flor counts them. */
function passed({ forwarding }: ClusterFlorCounts): number {
  return forwarding.transit.reduce((sum, { packets }) => sum + packets, 0);
}

/** Waits until b's cluster-flor says where packets are forwarded. */
async function untilTransit(who: "here" | "offloaded"): Promise<void> {
  await expect.poll(async () => (await countsOfB()).portals[0]!.transit, PATIENCE).toBe(who);
}

describe.each(engines)("with the %s engine", (engine) => {
  beforeAll(async () => {
    const port = await freePort();
    const mesh = {
      cluster: "offloaded",
      nodes: { a: {}, b: {}, c: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
      services: { steady: { node: "c", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
      tunnels: [
        {
          node: "a",
          listen: "tcp://127.0.0.1:0",
          as: "user/alice",
          service: "steady",
          "connect-wait": "1min",
          path: ["a", "b", "c"],
        },
      ],
    };
    lab = await openLab(mesh, { environment: { FLORENETES_ENGINE: engine } });
    await lab.up();
    await SteadyService.start(lab, "c", port);
    workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port));
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    await lab?.down();
  });

  test("b's link-flor forwards, and its cluster-flor counts it as its own", async () => {
    await untilTransit("offloaded");
    const before = await countsOfB();
    const up = await handedUp();
    await workload.untilProgress(now());
    await expect.poll(async () => passed(await countsOfB()), PATIENCE).toBeGreaterThan(passed(before));
    expect(await handedUp()).toBe(up);
    const { forwarding, links } = await countsOfB();
    for (const { packetsForwarded } of forwarding.links) expect(packetsForwarded).toBeGreaterThan(0);
    for (const { offloadedIn, offloadedOut } of links) expect(Math.min(offloadedIn, offloadedOut)).toBeGreaterThan(0);
  });

  test("transit goes on while b's cluster-flor is away, and its counts with it", async () => {
    await untilTransit("offloaded");
    const before = passed(await countsOfB());
    await lab.kill("b", "cluster-flor");
    const { count } = workload.course("p");
    // b keeps its links for 10 s without a cluster vertex: that is enough for many more round trips.
    await expect
      .poll(() => workload.course("p").count, { timeout: 9_000, interval: 10 })
      .toBeGreaterThan(count + ROUND_TRIPS);
    lab.start("b", "cluster-flor");
    await lab.untilReady();
    await untilTransit("offloaded");
    await workload.untilProgress(now());
    expect(workload.lost).toEqual(new Map());
    await expect.poll(async () => passed(await countsOfB()), PATIENCE).toBeGreaterThan(before);
  });

  test("with transit-offload: false b's cluster-flor forwards itself, and nothing else is different", async () => {
    appendFileSync(lab.configFile("b", "cluster-flor"), "\ntransit-offload: false\n");
    await lab.restart("b", "cluster-flor");
    await lab.untilReady();
    await lab.waitUntilUp();
    await workload.untilProgress(now());
    await expect.poll(async () => (await linkCounts(lab, "b")).portal.transitLabels, PATIENCE).toBe(0);
    await untilTransit("here");
    const before = await countsOfB();
    await workload.untilProgress(now());
    await expect.poll(async () => passed(await countsOfB()), PATIENCE).toBeGreaterThan(passed(before));
    expect((await countsOfB()).links.map(({ offloadedIn }) => offloadedIn)).toEqual([0, 0]);
  });
});
