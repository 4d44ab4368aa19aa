/*
 *   a, d, e are the coordinators, with a log in an etcd of three members; two of them have to agree on who leads web
 *
 *   a ═════╦═════ b     web has one host at a time, b or c; a uses it
 *   d ═════╬
 *   e ═════╩═════ c     each coordinator has a link to each host
 */
import { join } from "node:path";
import { EtcdCluster, hasEtcd } from "@florenetes/facts/testing";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { grantEnd } from "../src/grants.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

const COORDINATORS = ["a", "d", "e"];
const HOSTS = ["b", "c"];
/** Beacons, by which hosts find their coordinators, come each 30 s. */
const FOUND = { ...PATIENCE, timeout: 90_000 };
/** A grant lasts so long: one that ends later was renewed. */
const GRANT_MS = 10_000;

if (!hasEtcd) process.stdout.write("left out: leaders that a majority names (it needs etcd)\n");
describe.skipIf(!hasEtcd)("a leader that two of three coordinators have to name", () => {
  let lab: Lab;
  let fabric: FabricLab;
  let etcd: EtcdCluster;
  let port: number;
  const ends = new AsyncDisposableStack();

  const ask = (): Promise<string> => askWho(lab, "a", port);
  const untilOf = (node: string): Promise<number | null> => grantEnd(fabric, node);
  const grants = (): Promise<(number | null)[]> => Promise.all(HOSTS.map(untilOf));

  beforeAll(async () => {
    const [onB, onC] = [await freePort(), await freePort()];
    port = await freePort();
    lab = await openLab({
      cluster: "majority",
      nodes: Object.fromEntries([...COORDINATORS, ...HOSTS].map((node) => [node, {}])),
      links: COORDINATORS.flatMap((node) => HOSTS.map((host) => ({ between: [node, host] }))),
      services: {},
      tunnels: [],
    });
    ends.defer(() => lab.down());
    const folder = join(lab.folder, "etcd");
    etcd = await EtcdCluster.start(folder, {
      members: 3,
      spawn: (argv, log) => lab.spawn("d", argv, { stdio: ["ignore", log, log] }),
    });
    ends.defer(() => etcd.close());
    const coordinator = { partition: "default", store: etcd.store() };
    const targets = { b: `tcp://127.0.0.1:${onB}`, c: `tcp://127.0.0.1:${onC}` };
    fabric = ends.use(
      FabricLab.prepare(lab, {
        services: { web: { allow: ["user/alice"], targets, leader: "fabric" } },
        tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
        agents: Object.fromEntries(COORDINATORS.map((node) => [node, { coordinator }])),
      }),
    );
    await startFileServer(lab, "b", onB);
    await startFileServer(lab, "c", onC);
    await lab.up();
    await fabric.up();
    await fabric.publish("a", [
      fabric.sign("policy", "cluster", { "leader-grants": "majority" }),
      ...COORDINATORS.map((node) => fabric.signRole(node, "cluster", "route-coordinator")),
      fabric.signService("web", HOSTS),
    ]);
  });
  afterAll(() => ends[Symbol.asyncDispose]());

  test("is the first host", async () => {
    await expect.poll(ask, FOUND).toBe("b");
    expect(await untilOf("c")).toBeNull();
  });

  test("goes on without one coordinator and one member of etcd", async () => {
    const before = (await untilOf("b"))!;
    await Promise.all([fabric.kill("d"), etcd.end("m2")]);
    await expect.poll(() => untilOf("b"), PATIENCE).toBeGreaterThan(before + GRANT_MS);
    expect(await ask()).toBe("b");
  });

  test("is followed by the other host when it is stopped", { timeout: 180_000 }, async () => {
    process.kill(fabric.pidOf("b")!, "SIGSTOP");
    await expect.poll(ask, PATIENCE).toBe("c");
    process.kill(fabric.pidOf("b")!, "SIGCONT");
    expect(await untilOf("b")).toBeNull();
  });

  test("is nobody while etcd has no majority, or one coordinator alone is there", { timeout: 180_000 }, async () => {
    await etcd.end("m1");
    await expect.poll(grants, PATIENCE).toEqual([null, null]);
    etcd.begin("m1");
    await expect.poll(ask, FOUND).toBe("c");
    await fabric.kill("e");
    await expect.poll(grants, PATIENCE).toEqual([null, null]);
    fabric.start("d");
    await expect.poll(ask, FOUND).toMatch(/^[bc]$/);
  });
});
