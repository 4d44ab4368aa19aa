/*
 *   b ───── a ───── c     web has one host at a time, b or c; a uses it, and is the coordinator that names its leader
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { grantEnd } from "../src/grants.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

/** Beacons, by which hosts find their coordinator, come each 30 s. */
const FOUND = { ...PATIENCE, timeout: 90_000 };

let lab: Lab;
let fabric: FabricLab;
let port: number;

const ask = (): Promise<string> => askWho(lab, "a", port);
const untilOf = (node: string): Promise<number | null> => grantEnd(fabric, node);

/** Stops, ends or goes on with both programs of a node that have a part in serving. */
async function signal(node: string, name: NodeJS.Signals): Promise<void> {
  process.kill(fabric.pidOf(node)!, name);
  await lab.kill(node, "cluster-flor", name);
}

beforeAll(async () => {
  const [onB, onC] = [await freePort(), await freePort()];
  port = await freePort();
  lab = await openLab({
    cluster: "failover",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
    services: {},
    tunnels: [],
  });
  const targets = { b: `tcp://127.0.0.1:${onB}`, c: `tcp://127.0.0.1:${onC}` };
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/alice"], targets, leader: "fabric" } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
    agents: { a: { coordinator: { partition: "default", store: "sqlite" } } },
  });
  await startFileServer(lab, "b", onB);
  await startFileServer(lab, "c", onC);
  await lab.up();
  await fabric.up();
  await fabric.publish("a", [
    fabric.signRole("a", "cluster", "route-coordinator"),
    fabric.signService("web", ["b", "c"]),
  ]);
});

afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("the first host leads", async () => {
  await expect.poll(ask, FOUND).toBe("b");
  expect(await untilOf("b")).not.toBeNull();
  expect(await untilOf("c")).toBeNull();
});

test(
  "a leader that is stopped is followed by the other host, and serves nothing when it wakes up",
  { timeout: 180_000 },
  async () => {
    await signal("b", "SIGSTOP");
    await expect.poll(ask, PATIENCE).toBe("c");
    await signal("b", "SIGCONT");
    expect(await untilOf("b")).toBeNull();
    expect(await ask()).toBe("c");
    expect(await untilOf("b")).toBeNull();
  },
);

test("a leader that is killed is followed by the one that was stopped", { timeout: 180_000 }, async () => {
  await signal("c", "SIGKILL");
  await expect.poll(ask, PATIENCE).toBe("b");
});
