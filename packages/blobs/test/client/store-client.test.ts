import { expect, test } from "vitest";
import { SHARD_SIZE_MAX } from "../../src/index.ts";
import { PUT_MS_MAX } from "../../src/client/limits.ts";
import { collected } from "../../src/testing/index.ts";
import { joined, octetsOf, pieces, PlayedHolders, refuse, silence } from "./played-holders.ts";

const { signal } = new AbortController();
const MIB = 1_048_576;

test("what was put is found, listed and read whole and in parts, each shard at as many holders as the record says", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  const octets = octetsOf(9 * MIB + 5);
  const put = await world.until(client.put("objects/a", pieces(octets), { note: async () => "bm90ZQ==", signal }));
  expect(put.shards.map(({ size }) => size)).toEqual([SHARD_SIZE_MAX, SHARD_SIZE_MAX, MIB + 5]);
  for (const { hash } of put.shards) expect(world.all.filter(({ shards }) => shards.has(hash))).toHaveLength(3);
  const found = (await world.until(client.find("objects/a", signal)))!;
  expect(found).toMatchObject({ name: "objects/a", turn: 1, isGone: false, note: "bm90ZQ==" });
  expect(await world.until(collected(client.list("objects/", signal)))).toEqual([found]);
  expect(await world.until(collected(client.list("objects/b", signal)))).toEqual([]);
  expect((await world.until(joined(client.read(found, { signal })))).equals(octets)).toBe(true);
  const [from, to] = [SHARD_SIZE_MAX - 3, 2 * SHARD_SIZE_MAX + 4];
  const part = await world.until(joined(client.read(found, { from, to, signal })));
  expect(part.equals(octets.subarray(from, to))).toBe(true);
});

test("an object that took so long that its first shards may be gone is none", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  async function* slowly(): AsyncGenerator<Uint8Array> {
    yield octetsOf(SHARD_SIZE_MAX);
    await new Promise<void>((done) => void world.scheduler.after(PUT_MS_MAX + 1, done));
    yield octetsOf(10);
  }
  await expect(world.until(client.put("late", slowly(), { signal }))).rejects.toMatchObject({
    code: "ERR_STORAGE_LATE",
  });
  expect(await world.until(client.find("late", signal))).toBeUndefined();
});

test("an object without octets has no shards, and stands all the same", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  await world.until(client.put("empty", pieces(Buffer.alloc(0)), { signal }));
  const found = (await world.until(client.find("empty", signal)))!;
  expect(found.shards).toEqual([]);
  expect(await world.until(joined(client.read(found, { signal })))).toHaveLength(0);
});

test("a name that is removed is there no more, and may be given again", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  expect(await world.until(client.remove("x", signal))).toBe(true);
  expect(await world.until(client.remove("x", signal))).toBe(false);
  expect(await world.until(client.find("x", signal))).toBeUndefined();
  expect(await world.until(collected(client.list("", signal)))).toEqual([]);
  expect(await world.until(client.put("x", pieces(octetsOf(10, 1)), { signal }))).toMatchObject({ turn: 3 });
});

test("an object that another one puts while a former one is removed stays, and the remover is told", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  const seen = await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  const later = { ...seen, turn: 3, note: "YQ==" };
  for (const holder of world.all) {
    holder.instead = ({ op }) => {
      if (op === "put-entry") holder.entries.set("x", later);
      return undefined;
    };
  }
  await expect(world.until(client.remove("x", signal))).rejects.toMatchObject({
    code: "ERR_STORAGE_TURN",
    refusal: { entry: later },
  });
  for (const holder of world.all) holder.instead = undefined;
  expect(await world.until(client.find("x", signal))).toEqual(later);
});

test("an object is removed where a removal of it has stopped between the holders at a higher turn", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  const seen = await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  for (const node of ["a", "b"]) world.of(node).entries.set("x", { ...seen, turn: 5, isGone: true, shards: [] });
  world.of("c").instead = ({ op }) => (op === "put-entry" ? refuse("ERR_STORAGE_UNREACHABLE") : undefined);
  expect(await world.until(client.remove("x", signal))).toBe(true);
  expect(await world.until(client.find("x", signal))).toBeUndefined();
  expect(world.of("d").entries.get("x")).toMatchObject({ turn: 6, isGone: true });
});

test("the same octets under the same name are no error, and complete what has stopped between the holders; others are one", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { note: async () => "YQ==", signal }));
  world.of("d").entries.clear();
  world.of("e").entries.clear();
  const again = await world.until(client.put("x", pieces(octetsOf(10)), { note: async () => "Yg==", signal }));
  expect(again).toMatchObject({ turn: 1, note: "YQ==" });
  for (const { entries } of world.all) expect(entries.get("x")).toMatchObject({ turn: 1, note: "YQ==" });
  const other = client.put("x", pieces(octetsOf(10, 1)), { signal });
  await expect(world.until(other)).rejects.toMatchObject({
    code: "ERR_STORAGE_EXISTS",
    refusal: { entry: { note: "YQ==" } },
  });
});

test("of two writers of one name at most one is told that it has it, and all see that one", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const world = new PlayedHolders(5, 3);
    // Each holder hears of the two in an order of its own.
    for (const [at, holder] of world.all.entries()) {
      holder.instead = ({ op }) => {
        if (op !== "put-entry" || ((seed >> at) & 1) === 0) return undefined;
        holder.instead = undefined;
        return new Promise((done) => void world.scheduler.after(50, () => done(undefined))).then(() =>
          refuse("ERR_STORAGE_BUSY"),
        );
      };
    }
    const written = await world.until(
      Promise.allSettled([1, 2].map((writer) => world.client().put("x", pieces(octetsOf(10, writer)), { signal }))),
    );
    const done = written.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(done.length).toBeLessThanOrEqual(1);
    if (done.length === 1)
      expect(await world.until(world.client().find("x", signal))).toMatchObject({ shards: done[0]!.shards });
  }
});

test("a holder that has died keeps nobody waiting but once, and another one takes its shards", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  world.of("b").instead = silence;
  await world.until(client.put("x", pieces(octetsOf(2 * SHARD_SIZE_MAX)), { signal }));
  expect(world.scheduler.now).toBeLessThan(10_000);
  world.scheduler.runFor(10_000);
  await world.until(Promise.resolve());
  const before = world.scheduler.now;
  expect(client.status().find(({ node }) => node === "b")!.faults).toBeGreaterThan(0);
  const asked = world.of("b").asked.length;
  const put = await world.until(client.put("y", pieces(octetsOf(2 * SHARD_SIZE_MAX, 1)), { signal }));
  expect(world.scheduler.now).toBe(before);
  expect(world.of("b").asked).toHaveLength(asked);
  for (const { hash } of put.shards) expect(world.all.filter(({ shards }) => shards.has(hash))).toHaveLength(3);
});

test("a full disk is passed over, also where it leaves fewer holders than copies, and a majority is enough", async () => {
  const world = new PlayedHolders(3, 3);
  world.of("a").instead = ({ op }) => (op === "put-shard" ? refuse("ERR_STORAGE_DISK") : undefined);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  expect(world.of("a").entries.has("x")).toBe(true);
  world.of("b").instead = world.of("a").instead;
  const full = client.put("y", pieces(octetsOf(10, 1)), { signal });
  await expect(world.until(full)).rejects.toMatchObject({ code: "ERR_STORAGE_DISK" });
  world.of("b").instead = () => refuse("ERR_STORAGE_UNREACHABLE");
  const few = client.put("y", pieces(octetsOf(10, 1)), { signal });
  await expect(world.until(few)).rejects.toMatchObject({
    code: "ERR_STORAGE_MAJORITY",
    message: expect.stringMatching(/^1 of 3 holders took a shard, and it takes 2: .*ERR_STORAGE_/),
  });
  expect(await world.until(world.client().find("y", signal))).toBeUndefined();
});

test.each(["ERR_STORAGE_QUOTA", "ERR_STORAGE_RIGHT", "ERR_STORAGE_EPOCH"] as const)(
  "%s of so many that it alone stands in the way is told, and nothing hangs",
  async (code) => {
    const world = new PlayedHolders(3, 2);
    for (const { node } of world.terms.holders)
      world.of(node).instead = ({ op }) => (op.startsWith("put") ? refuse(code) : undefined);
    const put = world.client().put("x", pieces(octetsOf(5 * SHARD_SIZE_MAX)), { signal });
    await expect(world.until(put)).rejects.toMatchObject({ code });
  },
);

test("fewer than a majority answer: nothing is found, listed, put or removed, and each says why", async () => {
  const world = new PlayedHolders(5, 3);
  for (const node of ["a", "b", "c"]) world.of(node).instead = () => refuse("ERR_STORAGE_UNREACHABLE");
  const client = world.client();
  const refused = { code: "ERR_STORAGE_MAJORITY", message: expect.stringContaining("2 of 5 holders") };
  await expect(world.until(client.find("x", signal))).rejects.toMatchObject(refused);
  await expect(world.until(collected(client.list("", signal)))).rejects.toMatchObject(refused);
  await expect(world.until(client.remove("x", signal))).rejects.toMatchObject(refused);
  await expect(world.until(client.put("x", pieces(octetsOf(1)), { signal }))).rejects.toMatchObject(refused);
});

test("so many shards at most are in memory, however slow holders are, and whoever puts them", async () => {
  const world = new PlayedHolders(3, 3);
  for (const holder of world.all) {
    holder.instead = ({ op }) =>
      op !== "put-shard"
        ? undefined
        : new Promise(
            (done) => void world.scheduler.after(holder.node === "a" ? 60_000 : 100, () => done({ isNew: true })),
          );
  }
  const client = world.client();
  const puts = [1, 2].map((seed) =>
    client.put(`x${seed}`, pieces(octetsOf(10 * SHARD_SIZE_MAX, seed), MIB), { signal }),
  );
  await world.until(Promise.all(puts));
  // Four before a majority, and four that go on to the third holder.
  expect(world.shardsUnderWayMax).toBeLessThanOrEqual(4 * 3 + 4);
  expect(world.scheduler.now).toBeLessThan(30_000);
  client.close();
});

test("a writer that gives up ends a put at whatever moment it does, though no octets come any more", async () => {
  for (let moment = 0; moment < 16; moment++) {
    const world = new PlayedHolders(3, 2);
    const ending = new AbortController();
    async function* stalled(): AsyncGenerator<Uint8Array> {
      void (async () => {
        for (let tick = 0; tick < moment; tick++) await Promise.resolve();
        ending.abort(new Error("given up"));
      })();
      yield octetsOf(SHARD_SIZE_MAX);
      await silence();
    }
    const put = world.client().put("x", stalled(), { signal: ending.signal });
    await expect(world.until(put)).rejects.toThrow("given up");
  }
});

test("octets that stop coming, and a writer that gives up, end a put", async () => {
  const world = new PlayedHolders(3, 2);
  const ending = new AbortController();
  async function* stalled(): AsyncGenerator<Uint8Array> {
    yield octetsOf(10);
    await silence();
  }
  const put = world.client().put("x", stalled(), { signal: ending.signal });
  ending.abort(new Error("given up"));
  await expect(world.until(put)).rejects.toThrow("given up");
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield octetsOf(SHARD_SIZE_MAX);
    throw new Error("the file is gone");
  }
  await expect(world.until(world.client().put("x", broken(), { signal }))).rejects.toThrow("the file is gone");
  expect(world.all.every(({ entries }) => entries.size === 0)).toBe(true);
});

test("an object that is larger than the budget is refused when it is, before all of it was sent", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  client.handleTerms({ ...world.terms, budget: SHARD_SIZE_MAX });
  const put = client.put("x", pieces(octetsOf(3 * SHARD_SIZE_MAX)), { signal });
  await expect(world.until(put)).rejects.toMatchObject({ code: "ERR_STORAGE_QUOTA" });
});
