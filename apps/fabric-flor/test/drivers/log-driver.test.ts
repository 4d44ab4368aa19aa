/** Drivers of the log with real files of SQLite, each with an agent that has no neighbours. */
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { readFact } from "@florenetes/facts";
import { type CheckpointKey, entriesAfter, openSqliteStore, readEntry } from "@florenetes/facts/log";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { Agent } from "../../src/agent/agent.ts";
import type { Moment } from "../../src/agent/moment.ts";
import { checkpointKeyOf, LogDriver } from "../../src/drivers/log-driver.ts";
import { nothingKept } from "../agent/nothing-kept.ts";
import { DAY, DemoCluster, newKey } from "../demo-records.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };
const root = mkdtempSync(join(tmpdir(), "florenetes-log-driver-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const bornAt = Date.now() - 40 * DAY;
const cluster = new DemoCluster(bornAt);
const RECENT = { issued: Date.now() - DAY, expires: Date.now() + DAY };
const service = (name: string): Buffer => cluster.service(name, ["a"], RECENT);

/** A node that holds the root and what it is handed, in a state folder that later ones may have. */
class LogNode {
  readonly agent: Agent;
  readonly driver: LogDriver;

  constructor(state: string, records: readonly Uint8Array[], keys: readonly CheckpointKey[] = []) {
    const at = (): Moment => ({ now: performance.now(), wall: Date.now() });
    const key = newKey("a");
    const place = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
    const life = { startedAt: Date.now(), id: "0".repeat(16) };
    const log = { store: "sqlite" as const, keyIds: keys.map(({ keyId }) => keyId) };
    const options = {
      ...place,
      key,
      life,
      software: { version: "1.2.3" },
      databaseId: "0".repeat(32),
      randomBytes,
      ways: new Map(),
      log,
    };
    this.agent = new Agent(options, nothingKept(), at());
    const onTold = (): void => {
      this.agent.handleTimeout(at());
      this.#perform();
    };
    const store = { kind: "sqlite" } as const;
    this.driver = new LogDriver({ agent: this.agent, cluster: "demo", state, store, keys, at, onTold });
    onTestFinished(() => this.stop());
    this.take(cluster.root, ...records);
  }

  take(...records: readonly Uint8Array[]): void {
    const judgements = this.agent.handleRecords(records, { now: performance.now(), wall: Date.now() });
    expect(judgements.filter(({ isAccepted }) => !isAccepted)).toEqual([]);
    this.#perform();
  }

  /** Waits until all that the node holds is in the log. */
  async untilWhole(entries: number): Promise<void> {
    const state = () => [this.agent.log.store?.seen.index, this.agent.log.store?.isWhole, this.agent.log.missing];
    await expect.poll(state, PATIENCE).toEqual([entries, true, 0]);
    expect(this.agent.log.problem).toBe(undefined);
  }

  async stop(): Promise<void> {
    await this.driver[Symbol.asyncDispose]();
  }

  #perform(): void {
    for (let order = this.agent.pollOrder(); order !== undefined; order = this.agent.pollOrder())
      if (order.kind === "log") this.driver.perform(order.order);
  }
}

const newFolder = (): string => mkdtempSync(join(root, "t"));
const fileOf = (state: string): string => join(state, "log-main.db");

/** The ids of the records in a file, by the indexes of their entries. */
async function idsIn(state: string): Promise<Record<number, string>> {
  const store = openSqliteStore({ path: fileOf(state), cluster: "demo", name: "main", isReadOnly: true });
  const { entries } = await store.read(1, 256);
  store.close();
  return Object.fromEntries(entries.map(readEntry).map((entry) => [entry!.index, idOf(entry!.record)]));
}

function idOf(record: Uint8Array): string {
  const fact = readFact(record, "demo");
  return typeof fact === "string" ? fact : fact.id;
}

test("a compaction removes what was replaced, and keeps records in force and void ones", async () => {
  const state = newFolder();
  const subject = newKey("x");
  const life = { expires: bornAt + 100 * DAY };
  const [first, gone, third] = [
    cluster.node(subject, { epoch: 1, ...life }),
    cluster.node(subject, { epoch: 2, void: true, body: {}, expires: bornAt + 400 * DAY }),
    cluster.node(subject, { epoch: 3, ...life }),
  ] as const;
  const node = new LogNode(state, [first]);
  await node.untilWhole(2);
  node.take(gone);
  await node.untilWhole(3);
  node.take(third);
  await node.untilWhole(4);
  node.take(service("web"));
  await node.untilWhole(5);
  node.driver.perform({ kind: "compact", below: 5 });
  await expect.poll(() => node.agent.log.compacted, PATIENCE).toBe(1);
  const ids = { 1: idOf(cluster.root), 3: idOf(gone), 4: idOf(third), 5: idOf(service("web")) };
  expect(await idsIn(state)).toEqual(ids);
});

test("a file that was moved away is filled anew, and one of another node is read; an old copy of the same file is told", async () => {
  const [state, other] = [newFolder(), newFolder()];
  const first = new LogNode(state, [service("web")]);
  await first.untilWhole(2);
  await first.stop();
  const old = join(newFolder(), "old.db");
  cpSync(fileOf(state), old);

  const second = new LogNode(state, [service("mail")]);
  await second.untilWhole(3);
  await second.stop();
  cpSync(old, fileOf(state));
  const third = new LogNode(state, [service("web"), service("mail")]);
  await expect.poll(() => third.agent.log.problem?.code, PATIENCE).toBe("ERR_LOG_OLDER");
  await third.stop();

  rmSync(fileOf(state));
  const fourth = new LogNode(state, [service("web")]);
  await fourth.untilWhole(2);
  await fourth.stop();

  const foreign = new LogNode(other, [service("chat"), service("mail"), service("news")]);
  await foreign.untilWhole(4);
  await foreign.stop();
  cpSync(fileOf(other), fileOf(state));
  const fifth = new LogNode(state, [service("web")]);
  await fifth.untilWhole(5);
  expect(fifth.agent.book!.size).toBe(4);
});

test("an append that failed is no problem any more once somebody else has appended the records", async () => {
  const state = newFolder();
  const node = new LogNode(state, []);
  await node.untilWhole(1);
  const writer = new DatabaseSync(fileOf(state));
  onTestFinished(() => writer.close());
  const [entry] = entriesAfter(node.agent.log.store!.seen, [service("web")]);
  writer.exec("BEGIN IMMEDIATE");
  writer
    .prepare("INSERT INTO entries VALUES (?, ?, ?)")
    .run(entry!.index, Buffer.from(entry!.hash, "hex"), entry!.octets);
  node.take(service("web"));
  await expect.poll(() => node.agent.log.problem?.code, PATIENCE).toBe("ERR_LOG_STORE_BUSY");
  writer.exec("COMMIT");
  await expect.poll(() => node.agent.log.missing, PATIENCE).toBe(0);
  await expect.poll(() => node.agent.log.problem, PATIENCE).toBe(undefined);
});

test("a command that signs while the node goes to another store changes nothing, and ends no process", async () => {
  const state = newFolder();
  const signer = newKey("a");
  const { keyId, sign } = checkpointKeyOf(signer);
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const slow: CheckpointKey = {
    keyId,
    sign: async (record) => {
      asked.resolve();
      await answered.promise;
      return sign(record);
    },
  };
  const log = { name: "main", signers: [{ node: "a", key: signer.key }] };
  const node = new LogNode(state, [cluster.control({ ...RECENT, body: { log } })], [slow]);
  await asked.promise;
  const faults: unknown[] = [];
  const note = (fault: unknown): void => void faults.push(fault);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  await node.stop();
  answered.resolve();
  await turn();
  await turn();
  expect([faults, node.agent.log.round.signed]).toEqual([[], 0]);
});
