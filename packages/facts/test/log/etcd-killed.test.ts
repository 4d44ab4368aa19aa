import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runs } from "@florenetes/simkit";
import { afterAll, expect, test, vi } from "vitest";
import { openEtcdStore } from "../../src/log/drivers/etcd-store.ts";
import { LogFollower } from "../../src/log/drivers/log-follower.ts";
import { LogError } from "../../src/log/errors.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { recordsOf } from "./conformance.ts";
import { EtcdCluster, eventually, hasEtcd } from "../../src/testing/drivers/etcd-cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-etcd-"));
let cluster: EtcdCluster | undefined;
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A writer that appends records one by one, each until it is there, and what it has read. */
function writer(members: EtcdCluster, word: string) {
  const read: string[] = [];
  const follower = new LogFollower({
    store: openEtcdStore({ ...members.access(), cluster: "demo", name: "killed" }),
    reader: new LogReader({
      cluster: "demo",
      name: "killed",
      judge: (record) => void read.push(Buffer.from(record).toString()),
    }),
    onEvent: () => undefined,
    onSeen: () => undefined,
    onProblem: () => undefined,
    pauseMs: 100,
  });
  const insist = async (record: Buffer): Promise<void> => {
    for (let tries = 0; !read.includes(record.toString()); tries++) {
      try {
        await follower.append(() => (read.includes(record.toString()) ? [] : [record]));
      } catch (error) {
        if (!(error instanceof LogError) || tries === 100) throw error;
      }
    }
  };
  /** Writes until it is enough, and returns how many. */
  const run = async (isEnough: () => boolean): Promise<number> => {
    const records = recordsOf(2_000, word);
    let written = 0;
    while (written < records.length && !isEnough()) await insist(records[written++]!);
    return written;
  };
  return { read, follower, run };
}

test.skipIf(!hasEtcd)(
  "two writers lose and double nothing while members of etcd are killed",
  { timeout: 180_000 },
  async () => {
    cluster = await EtcdCluster.start(join(folder, "three"), { members: 3 });
    const writers = ["a", "b"].map((word) => writer(cluster!, word));
    const names = cluster.names();
    const most = runs(30, 6);
    let kills = 0;
    const work = Promise.all(writers.map(({ run }) => run(() => kills >= most)));
    for (; kills < most; kills++) {
      const before = writers[0]!.read.length;
      // Work goes on between two kills, with all members or without one.
      await vi.waitFor(() => expect(writers[0]!.read.length).toBeGreaterThan(before), { timeout: 60_000 });
      // Each third time two are gone, so that there is no majority.
      const killed = [names[kills % names.length]!, ...(kills % 3 === 2 ? [names[(kills + 1) % names.length]!] : [])];
      await cluster.end(...killed);
      for (const name of killed) cluster.begin(name);
    }
    const written = (await work).reduce((sum, count) => sum + count, 0);
    await eventually(async () => {
      for (const { read } of writers) expect(read).toHaveLength(written);
    });
    const [a, b] = writers.map(({ read }) => read);
    expect(written).toBeGreaterThan(most);
    expect(a).toEqual(b);
    expect(new Set(a).size).toBe(written);
    for (const { follower } of writers) await follower.close();
  },
);
