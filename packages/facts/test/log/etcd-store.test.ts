import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { EtcdClient } from "../../src/log/drivers/etcd-client.ts";
import { openEtcdStore } from "../../src/log/drivers/etcd-store.ts";
import { entriesAfter, originOf } from "../../src/log/entry.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import type { LogStore } from "../../src/log/store.ts";
import { fill, readAll, recordsOf, storeConformance } from "./conformance.ts";
import { EtcdCluster, eventually, hasEtcd } from "../../src/testing/drivers/etcd-cluster.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-etcd-"));
const clusters: EtcdCluster[] = [];
const stores: LogStore[] = [];

async function start(name: string, members: number, quota?: number): Promise<EtcdCluster> {
  const cluster = await EtcdCluster.start(join(base, name), { members, ...(quota !== undefined && { quota }) });
  clusters.push(cluster);
  return cluster;
}

function open(cluster: EtcdCluster, name: string, changes: object = {}): LogStore {
  const store = openEtcdStore({ ...cluster.access(), cluster: "demo", name, ...changes });
  stores.push(store);
  return store;
}

afterAll(async () => {
  for (const store of stores) store.close();
  for (const cluster of clusters) await cluster.close();
  rmSync(base, { recursive: true, force: true });
});

describe.skipIf(!hasEtcd)("three members of etcd", () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await start("three", 3);
    const store = open(cluster, "begun");
    await eventually(() => store.head());
  }, 60_000);

  describe("keep the contract", () => {
    storeConformance(async (name) => open(cluster, name));
  });

  test("what stands in the place of an entry already is written over by nobody", async () => {
    const writer = open(cluster, "taken");
    const origin = originOf("demo", "taken");
    const [first, second] = entriesAfter(origin, recordsOf(2));
    expect(await writer.append(origin, [first!])).toBe("done");
    // A head that was put back by hand, under an entry that is there.
    await fill(writer, recordsOf(1, "second"));
    const head = Buffer.alloc(40);
    head.writeUInt32BE(1, 4);
    head.write(first!.hash, 8, "hex");
    await ask(cluster, "/v3/kv/put", { key: keyOf("demo", "taken", "head"), value: head.toString("base64") });
    expect(await writer.append(first!, [second!])).toBe("moved");
  });

  test("the head is where the page says, and in that form", async () => {
    const writer = open(cluster, "formed");
    const [entry] = await fill(writer, recordsOf(1));
    const value = async (name: string): Promise<string> => {
      const { kvs } = (await ask(cluster, "/v3/kv/range", { key: keyOf("demo", "formed", name) })) as {
        kvs: { value: string }[];
      };
      return Buffer.from(kvs[0]!.value, "base64").toString("hex");
    };
    expect(await value("head")).toBe(`0000000000000001${entry!.hash}`);
    expect(await value("entries/0000000000000001")).toBe(Buffer.from(entry!.octets).toString("hex"));
    await ask(cluster, "/v3/kv/put", { key: keyOf("demo", "formed", "head"), value: "AAAA" });
    await expect(writer.head()).rejects.toMatchObject({ code: "ERR_LOG_STORE_ANSWER" });
  });

  test("a client without the right certificate is told so, and so is one that trusts another authority", async () => {
    const file = (name: string): string => readFileSync(join(cluster.folder, name), "utf8");
    const strangers = [{ cert: file("strange.pem"), key: file("strange.key") }, { ca: file("stranger.pem") }];
    for (const changes of strangers) {
      const store = open(cluster, "begun", changes);
      await expect(store.head()).rejects.toMatchObject({ code: "ERR_LOG_STORE_UNREACHABLE" });
      await expect(store.head()).rejects.toThrow(/CERT|CERTIFICATE|EPROTO|ECONNRESET|SELF_SIGNED|VERIFY/);
    }
  });

  test("one member is enough to ask, and one that is gone is passed over", async () => {
    const alone = open(cluster, "begun", { urls: cluster.urls().slice(1, 2) });
    expect((await alone.head()).isCurrent).toBe(true);
    const past = open(cluster, "begun", { urls: ["https://127.0.0.1:9", ...cluster.urls()] });
    expect((await past.head()).isCurrent).toBe(true);
  });

  test(
    "without a majority reads go on and say so, appends say why not, and all goes on behind it",
    { timeout: 120_000 },
    async () => {
      const store = open(cluster, "alone");
      const entries = await fill(store, recordsOf(5));
      await cluster.end("m1", "m2");
      const { head } = await store.head();
      expect(head.index).toBe(5);
      await expect(store.append(head, entriesAfter(head, recordsOf(1, "lost")))).rejects.toMatchObject({
        code: "ERR_LOG_NO_MAJORITY",
      });
      const answer = await store.head();
      expect(answer).toEqual({ head: { index: 5, hash: entries[4]!.hash }, isCurrent: false });
      expect(await store.read(1, 256)).toMatchObject({ isCurrent: false, entries: { length: 5 } });

      cluster.begin("m1");
      cluster.begin("m2");
      // The append that was told as failed may be done by now, or never.
      const [entry] = entriesAfter(head, recordsOf(1, "lost"));
      expect(await eventually(() => store.append(head, [entry!]))).toBe("done");
      await eventually(async () => expect((await store.head()).isCurrent).toBe(true));
      expect(await readAll(store)).toHaveLength(6);
      await fill(store, recordsOf(1, "after"));
    },
  );

  test(
    "a member that was cut off answers with an old state, and says that it may be one",
    { timeout: 120_000 },
    async () => {
      const store = open(cluster, "old");
      await fill(store, recordsOf(2));
      const cut = open(cluster, "old", { urls: cluster.urls().slice(2) });
      await eventually(async () => expect((await cut.head()).head.index).toBe(2));
      cluster.signal("m2", "SIGSTOP");
      // Connections that are new do not come about while it stands still, so that it later finds nothing in its sockets.
      await cluster.end("m0", "m1");
      cluster.begin("m0");
      cluster.begin("m1");
      await insist(store, recordsOf(1, "unheard"));
      await cluster.end("m0", "m1");
      cluster.signal("m2", "SIGCONT");
      await eventually(async () => expect(await cut.head()).toMatchObject({ isCurrent: false, head: { index: 2 } }));
      cluster.begin("m0");
      cluster.begin("m1");
      await eventually(async () => expect(await cut.head()).toMatchObject({ isCurrent: true, head: { index: 3 } }));
    },
  );

  test("with no member at all, it says which ones it has asked", { timeout: 60_000 }, async () => {
    await cluster.end(...cluster.names());
    const store = open(cluster, "begun");
    await expect(store.head()).rejects.toMatchObject({ code: "ERR_LOG_STORE_UNREACHABLE" });
    for (const url of cluster.urls()) await expect(store.head()).rejects.toThrow(url);
  });
});

describe.skipIf(!hasEtcd)("one member of etcd", () => {
  test(
    "whose quota is reached: appends say so, reads go on, and so do appends once there is room",
    { timeout: 120_000 },
    async () => {
      const cluster = await start("full", 1, 262_144);
      const store = open(cluster, "full");
      await eventually(() => store.head());
      let appended = 0;
      const fillUp = async (): Promise<void> => {
        for (; appended < 100; appended++) await fill(store, recordsOf(1, `large ${appended}`, 60_000));
      };
      await expect(fillUp()).rejects.toMatchObject({ code: "ERR_LOG_STORE_FULL" });
      expect(appended).toBeGreaterThan(0);
      // The append that reaches the quota is done, and refused all the same.
      const { head, isCurrent } = await store.head();
      expect(isCurrent).toBe(true);
      expect([appended, appended + 1]).toContain(head.index);
      expect(await readAll(store)).toHaveLength(head.index);
      await expect(fill(store, recordsOf(1))).rejects.toMatchObject({ code: "ERR_LOG_STORE_FULL" });

      // An operator does what the page of errors says.
      await store.drop(Array.from({ length: head.index - 1 }, (_, index) => index + 1));
      const { header } = (await ask(cluster, "/v3/kv/range", { key: "AA==" })) as { header: { revision: string } };
      await ask(cluster, "/v3/kv/compaction", { revision: header.revision, physical: true });
      await ask(cluster, "/v3/maintenance/defragment", {});
      const { alarms } = (await ask(cluster, "/v3/maintenance/alarm", { action: "GET" })) as { alarms: object[] };
      for (const alarm of alarms) await ask(cluster, "/v3/maintenance/alarm", { action: "DEACTIVATE", ...alarm });
      await fill(store, recordsOf(1));
      expect(await readAll(store)).toHaveLength(2);
      await cluster.close();
    },
  );

  test(
    "that is put back to yesterday's copy answers with a lower head, and takes it for the current one",
    { timeout: 120_000 },
    async () => {
      const cluster = await start("restored", 1);
      const store = open(cluster, "restored");
      await insist(store, recordsOf(2));
      await cluster.end("m0");
      const [data, copy] = [cluster.dataFolder("m0"), `${cluster.dataFolder("m0")}-copy`];
      cpSync(data, copy, { recursive: true });
      cluster.begin("m0");
      await insist(store, recordsOf(2, "lost"));
      const { head: seen } = await store.head();
      await cluster.end("m0");
      rmSync(data, { recursive: true });
      cpSync(copy, data, { recursive: true });
      cluster.begin("m0");
      const answer = await eventually(() => store.head());
      expect(answer).toMatchObject({ isCurrent: true, head: { index: 2 } });
      const reader = new LogReader({ cluster: "demo", name: "restored", judge: () => undefined, seen });
      reader.handleHead(answer, 0);
      expect(reader.fault).toEqual({ kind: "older", index: 2 });
      await cluster.close();
    },
  );
});

describe.skipIf(!hasEtcd)("a member that lies", () => {
  const answers: Readonly<Record<string, (path: string) => string>> = {
    "with no JSON": () => "<html>",
    "with nothing": () => "",
    "with another form": () => '{"kvs":[{"key":"AA==","value":7}]}',
    "with no base64": () => '{"kvs":[{"key":"AA==","value":"?"}]}',
    "with a head that is none": () => '{"kvs":[{"key":"AA==","value":"AA=="}]}',
    "with a head at no index": () => `{"kvs":[{"key":"AA==","value":"${Buffer.alloc(40).toString("base64")}"}]}`,
    "without an end": () => "x".repeat(5_000_000),
  };

  test.each(Object.entries(answers))("%s is told", async (_, answer) => {
    const { folder } = clusters[0]!;
    const file = (name: string): string => readFileSync(join(folder, name), "utf8");
    const liar = createServer({ cert: file("member.pem"), key: file("member.key") }, (request, response) => {
      response.end(answer(request.url!));
    });
    await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(liar.address() as AddressInfo).port}`;
    const store = open(clusters[0]!, "begun", { urls: [url] });
    await expect(store.head()).rejects.toMatchObject({ code: "ERR_LOG_STORE_ANSWER" });
    store.close();
    liar.closeAllConnections();
    await new Promise((resolve) => liar.close(resolve));
  });
});

/** Appends records while etcd may not be ready yet: a call that fails may have been done, and is made again. */
async function insist(store: LogStore, records: readonly Uint8Array[]): Promise<void> {
  const { head } = await eventually(() => store.head());
  const entries = entriesAfter(head, records);
  expect(await eventually(() => store.append(head, entries))).toBe("done");
}

function keyOf(cluster: string, name: string, key: string): string {
  return Buffer.from(`florenetes/${cluster}/${name}/${key}`).toString("base64");
}

/** Asks the members past the store. */
async function ask(cluster: EtcdCluster, path: string, body: object): Promise<unknown> {
  const client = new EtcdClient(cluster.access());
  try {
    return await client.ask(path, body, z.unknown());
  } finally {
    client.close();
  }
}
