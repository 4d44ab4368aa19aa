/*
 *   d ───── b ───── a ───── c     c comes with a token: the programs of b and d let it in over a, which knows of none, and it serves what operators say
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdCluster, hasEtcd } from "@florenetes/facts/testing";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface Status {
  readonly key: string;
  readonly standing: string;
  readonly mail: { readonly readers: readonly object[]; readonly forwarded: number };
  readonly joins: { readonly signed: number } | null;
  readonly records: { readonly kinds: Readonly<Record<string, number>> };
}

describe.skipIf(!hasEtcd)("a node with a token", () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-tokens-"));
  let etcd: EtcdCluster;
  let lab: Lab;
  let fabric: FabricLab;
  let port: number;

  const statusOf = async (node: string): Promise<Status> => (await fabric.status(node)) as Status;
  const bring = (node: string, token: string): ReturnType<typeof flor> =>
    flor("fabric", "join", token, "--agent", fabric.adminOf(node));

  beforeAll(async () => {
    const [onB, onC] = [await freePort(), await freePort()];
    port = await freePort();
    etcd = await EtcdCluster.start(join(folder, "etcd"), { members: 1 });
    const store = etcd.store();
    lab = await openLab({
      cluster: "tokens",
      nodes: { a: {}, b: {}, c: {}, d: {} },
      links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["b", "d"] }],
      services: {},
      tunnels: [],
    });
    const targets = { b: `tcp://127.0.0.1:${onB}`, c: `tcp://127.0.0.1:${onC}` };
    fabric = FabricLab.prepare(lab, {
      services: { web: { allow: ["user/alice"], targets } },
      tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
      stores: { b: store, d: store },
      programs: ["b", "d"],
    });
    await startFileServer(lab, "b", onB);
    await startFileServer(lab, "c", onC);
    await lab.up();
    await fabric.up(["c"]);
    // Whoever has no record yet knows of control nodes by seeds.
    const endpoint = { id: "b", endpoint: "udp://192.0.2.1:4433", carrier: "quic", reach: "public" as const };
    const seed = { node: "b", key: (await statusOf("b")).key, endpoints: [{ ...endpoint, priority: 0, weight: 1 }] };
    await fabric.publish("b", [
      fabric.sign("role", "b/control-plane/default", { actions: [], services: [], depth: 0 }),
      fabric.sign("seeds", "seeds", { seeds: [seed] }),
    ]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
    await etcd?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is let in by programs, and is a node to all from then on", async () => {
    const place = ["--cluster", "tokens", "--organization", "lab", "--partition", "default"];
    const made = await flor("fabric", "token", "new", ...place, "--json");
    const { token, subject } = JSON.parse(made.stdout) as { token: string; subject: string };
    writeFileSync(join(folder, "token.txt"), token, { mode: 0o600 });

    await expect.poll(async () => (await statusOf("c")).mail.readers, PATIENCE).toMatchObject([{ node: "b", hops: 2 }]);
    // Programs know of no token that operators have not signed.
    const early = await bring("c", join(folder, "token.txt"));
    expect(early).toMatchObject({ code: 1, stdout: expect.stringMatching(/^unknown-token: /) });
    const body = { organization: "lab", partition: "default", count: 1 };
    await fabric.publish("b", [fabric.sign("token", subject, body)]);
    const joined = await bring("c", join(folder, "token.txt"));
    expect(joined, joined.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^node +c, of the cluster/) });

    await expect.poll(() => statusOf("c"), PATIENCE).toMatchObject({ standing: "in-force" });
    expect((await statusOf("a")).mail.forwarded).toBeGreaterThan(1);
    await fabric.publish("b", [fabric.signService("web", ["c"])]);
    await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("c");
  });
});
