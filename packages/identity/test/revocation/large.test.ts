/** Lists that are too large to be read between two packets. */
import { rmSync, writeFileSync } from "node:fs";
import threads, { type Worker } from "node:worker_threads";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { entry } from "../revocation-lists.ts";
import { aWhile, ListLab, listOf, replace, untilNumber } from "./list-lab.ts";

let workers: Worker[];
const onWorker = (worker: Worker): unknown => workers.push(worker);
beforeEach(() => {
  workers = [];
  process.on("worker", onWorker);
});
afterEach(() => process.off("worker", onWorker));

let lab: ListLab;
beforeEach(() => {
  lab = new ListLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

describe("a large list", () => {
  const many = (count: number): Buffer[] =>
    Array.from({ length: count }, (_, i) => entry((0x40000000 + i).toString(16)));
  let large: string;
  beforeEach(() => {
    large = listOf(8, { serials: many(20_000) });
  });
  const untilGone = (): Promise<void> => expect.poll(() => workers.map(({ threadId }) => threadId)).toEqual([-1]);

  test("is read in a thread, which ends", async () => {
    writeFileSync(lab.file, listOf(7));
    const held = await lab.open();
    expect(workers).toHaveLength(0);
    replace(lab.file, large);
    await untilNumber(held, 8);
    expect(held.status().lists[0]).toMatchObject({ entries: 20_000 });
    const { issuer } = held.revocations.lists[0]!;
    const isRevoked = (serial: string): boolean => held.revocations.findRevoked([{ issuer, serial }]) !== undefined;
    expect([isRevoked("40000000"), isRevoked("40004e1f"), isRevoked("40004e20")]).toEqual([true, true, false]);
    await untilGone();
    await expect.poll(() => lab.kept).toEqual(["#-8.pem"]);
    held.close();
    rmSync(lab.file);
    expect((await lab.open()).status().lists[0]).toMatchObject({ entries: 20_000, number: "8" });
  });

  test("that is followed by another gives way to it", async () => {
    const held = await lab.open();
    replace(lab.file, large);
    await expect.poll(() => workers.length, { interval: 5, timeout: 60_000 }).toBe(1);
    replace(lab.file, listOf(9));
    await untilNumber(held, 9);
    expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_LOADED"]);
  });

  test("is read without a thread where the system gives none", async () => {
    const { Worker: real } = threads;
    // Throws the error that Node has when a limit of processes is reached.
    function NoWorker(): never {
      throw Object.assign(new Error("Worker initialization failure: EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" });
    }
    Object.assign(threads, { Worker: NoWorker });
    syncBuiltinESMExports();
    try {
      const held = await lab.open();
      replace(lab.file, large);
      await untilNumber(held, 8);
    } finally {
      Object.assign(threads, { Worker: real });
      syncBuiltinESMExports();
    }
    expect(workers).toHaveLength(0);
  });

  test("is given up when the process closes, and its thread ends", async () => {
    const held = await lab.open();
    replace(lab.file, large);
    await expect.poll(() => workers.length, { interval: 5, timeout: 60_000 }).toBe(1);
    held.close();
    await untilGone();
    await aWhile();
    expect(lab.events).toEqual([]);
    expect(lab.changes).toBe(0);
    await held.reload();
    expect(workers).toHaveLength(1);
  });
});
