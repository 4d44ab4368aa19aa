/*
 *   a ───── v ───── m        m has a valid certificate and no manners: it tries out labels, to find what services v has
 *
 *   v has the services steady (alice's, by a tunnel of a's) and vault, of which m has not been told.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MaliciousVertex, meshPacket, shortPacket } from "../src/attackers/malicious-vertex.ts";
import { clusterCounts } from "../src/counted.ts";
import { expectLog } from "../src/log-entries.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

/** The number of rounds. Each has wrong labels first, and then a right one, in one go. */
const ROUNDS = 20;
const WRONG_LABELS = 200;

describe.skipIf(!isRoot)("a neighbour that tries out labels", () => {
  let lab: Lab;
  let m: MaliciousVertex;
  let workload: SteadyWorkload;
  /** The label of the service vault. */
  let right: number;
  let wrong = 500_000;

  beforeAll(async () => {
    const target = "tcp://127.0.0.1:8080";
    lab = await openLab(
      {
        cluster: "labels",
        nodes: { a: {}, v: {}, m: {} },
        links: [{ between: ["a", "v"] }, { between: ["v", "m"] }],
        services: {
          steady: { node: "v", target, allow: ["user/alice"] },
          vault: { node: "v", target, allow: ["user/carol"] },
        },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "steady", path: ["a", "v"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await SteadyService.start(lab, "v", 8080);
    workload = await SteadyWorkload.start(lab, "a", 18_001, ["p"]);
    right = Number(/vault:\s*\{? ?label: (\d+)/.exec(readFileSync(lab.configFile("v", "cluster-flor"), "utf8"))![1]);
    m = await MaliciousVertex.replace(lab, "m");
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    m?.[Symbol.dispose]();
    await lab?.down();
  });

  /** Sends a small packet, which a service answers by a reset. Returns its ConnectionId. */
  function tryOut(label: number): string {
    const id = randomBytes(8);
    m.send("v", meshPacket([label], shortPacket(60), { id }));
    return id.toString("hex");
  }

  function tryWrongOnes(count: number): void {
    for (let tried = 0; tried < count; wrong++) {
      if (wrong === right) continue;
      tryOut(wrong);
      tried++;
    }
  }

  test("finds a service by its label, as long as it has tried few", async () => {
    tryWrongOnes(10);
    const found: string[] = [];
    const isFound = (): boolean => found.some((id) => m.answered.has(id));
    await expect.poll(() => found.push(tryOut(right)) > 0 && isFound(), PATIENCE).toBe(true);
  });

  test("is answered by none any more when it has tried many, and the log tells its link", async () => {
    const found: string[] = [];
    const round = async (): Promise<number> => {
      tryWrongOnes(WRONG_LABELS);
      found.push(tryOut(right));
      return (await clusterCounts(lab, "v")).drops.transport["guessing"]!;
    };
    await expect.poll(round, PATIENCE).toBeGreaterThan(ROUNDS);
    await expectLog(lab, "v", "cluster-flor").toMatch(/"code":"LABELS_GUESSED","link":"m"/);
    // A guess in two seconds is free, and may be the right one.
    expect(found.filter((id) => m.answered.has(id)).length).toBeLessThan(found.length / 5);
    await workload.untilProgress(now());
  });

  test("keeps nobody else from that service: whose connections are new comes in over another link", async () => {
    const established = async (): Promise<number> =>
      (await clusterCounts(lab, "v")).services.find(({ name }) => name === "steady")!.handshakes["established"]!;
    const before = await established();
    tryWrongOnes(WRONG_LABELS);
    await lab.kill("a", "cluster-flor");
    lab.start("a", "cluster-flor");
    await expect
      .poll(async () => {
        tryWrongOnes(WRONG_LABELS);
        return established();
      }, PATIENCE)
      .toBeGreaterThan(before);
  });
});
