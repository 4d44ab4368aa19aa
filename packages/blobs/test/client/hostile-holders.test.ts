import { expect, test } from "vitest";
import { openStoreClient, type StoreClient } from "../../src/client/index.ts";
import { type HeldEntry, placeOf, type Question, SHARD_SIZE_MAX } from "../../src/index.ts";
import { OBJECT_SHARDS_MAX, PAGE_SHARDS_MAX } from "../../src/limits.ts";
import { collected } from "../../src/testing/index.ts";
import { joined, octetsOf, pieces, PlayedHolders, refuse, silence } from "./played-holders.ts";

const { signal } = new AbortController();
const ghost = (name: string, more: Partial<HeldEntry> = {}): HeldEntry => ({
  name,
  turn: 1,
  isGone: false,
  shards: [],
  written: 0,
  by: "user/mallory",
  ...more,
});

test("wrong octets are never handed out: they are counted, and others are asked", async () => {
  const world = new PlayedHolders(5, 3);
  const octets = octetsOf(3 * SHARD_SIZE_MAX);
  const put = await world.until(world.client().put("x", pieces(octets), { signal }));
  for (const { hash } of put.shards) {
    const { shards } = world.of(placeOf(hash, world.terms.holders)[0]!);
    shards.set(hash, Buffer.from(shards.get(hash)!).fill(0));
  }
  const client = world.client();
  expect((await world.until(joined(client.read(put, { signal })))).equals(octets)).toBe(true);
  const wrong = (): number => client.status().reduce((sum, holder) => sum + holder.wrong, 0);
  const before = wrong();
  expect(before).toBe(3);
  await world.until(joined(client.read(put, { signal })));
  expect(wrong()).toBe(before);
  for (const holder of world.all) for (const hash of holder.shards.keys()) holder.shards.set(hash, Buffer.alloc(3));
  await expect(world.until(joined(client.read(put, { signal })))).rejects.toMatchObject({
    code: "ERR_STORAGE_DAMAGED",
  });
});

test("a holder that takes all and keeps nothing loses nothing of others, and shards that none has are missing", async () => {
  const world = new PlayedHolders(3, 2);
  const liar = world.of("a");
  liar.instead = ({ op }) => (op === "put-shard" ? { isNew: true } : undefined);
  const octets = octetsOf(4 * SHARD_SIZE_MAX);
  const put = await world.until(world.client().put("x", pieces(octets), { signal }));
  expect((await world.until(joined(world.client().read(put, { signal })))).equals(octets)).toBe(true);
  for (const { shards } of world.all) shards.clear();
  await expect(world.until(joined(world.client().read(put, { signal })))).rejects.toMatchObject({
    code: "ERR_STORAGE_MISSING",
  });
});

test("a holder that never gives what it has keeps a reader waiting for ten seconds, and then another one gives it", async () => {
  const world = new PlayedHolders(3, 3);
  const octets = octetsOf(10);
  const put = await world.until(world.client().put("x", pieces(octets), { signal }));
  const asked: string[] = [];
  for (const holder of world.all) {
    holder.instead = ({ op }) => {
      if (op === "get-shard") asked.push(holder.node);
      return op === "get-shard" && asked.length === 1 ? silence() : undefined;
    };
  }
  expect((await world.until(joined(world.client().read(put, { signal })))).equals(octets)).toBe(true);
  expect(world.scheduler.now).toBe(10_000);
  expect(asked).toHaveLength(2);
});

test.each(["get-shard", "put-shard"] as const)(
  "a holder that trickles at %s keeps nobody waiting but once",
  async (op) => {
    const world = new PlayedHolders(5, 2);
    const client = world.client();
    const octets = octetsOf(10);
    const put = async (name: string): Promise<HeldEntry> => world.until(client.put(name, pieces(octets), { signal }));
    const [first, second] = placeOf((await put("x")).shards[0]!.hash, world.terms.holders);
    world.of(first!).instead = (question) => (question.op === op ? silence() : undefined);
    const again = async (name: string): Promise<unknown> =>
      op === "put-shard" ? put(name) : world.until(joined(client.read(await put(name), { signal })));
    await again("y");
    expect(world.scheduler.now).toBe(10_000);
    await again("z");
    expect(world.scheduler.now).toBe(10_000);
    expect(world.of(first!).entries.has("z")).toBe(true);
    expect(world.of(second!).shards.size).toBe(1);
  },
);

test("a holder that trickles beside a majority keeps a long put waiting for a few shards alone", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  world.of("a").instead = ({ op }) => (op === "put-shard" ? silence() : undefined);
  await world.until(client.put("x", pieces(octetsOf(40 * SHARD_SIZE_MAX), SHARD_SIZE_MAX), { signal }));
  expect(world.scheduler.now).toBeLessThan(10_000);
  client.close();
});

test("one holder of five shows nothing that is not there, hides nothing, and keeps no name from anybody", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  const liar = world.of("c").entries;
  liar.set("x", ghost("x", { turn: 900, isGone: true }));
  liar.set("y", ghost("y", { turn: 900 }));
  liar.set("z", ghost("z", { turn: 900, isGone: true }));
  expect((await world.until(collected(client.list("", signal)))).map(({ name }) => name)).toEqual(["x"]);
  expect(await world.until(client.find("x", signal))).toMatchObject({ turn: 1, by: "user/alice" });
  for (const name of ["y", "z"]) {
    expect(await world.until(client.put(name, pieces(octetsOf(10)), { signal }))).toMatchObject({ turn: 1 });
    expect(await world.until(client.find(name, signal))).toMatchObject({ turn: 1 });
  }
  expect(await world.until(client.remove("x", signal))).toBe(true);
  expect(await world.until(client.find("x", signal))).toBeUndefined();
});

/** A client of three holders that leaves the second one alone, as it gave no answer before; the third one lies that all is gone. */
async function besideLiar(): Promise<readonly [PlayedHolders, StoreClient]> {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  for (const name of ["w", "x", "y"]) await world.until(client.put(name, pieces(octetsOf(10)), { signal }));
  world.of("c").entries.set("x", ghost("x", { turn: 900, isGone: true }));
  world.of("b").instead = () => refuse("ERR_STORAGE_UNREACHABLE");
  await world.until(client.find("w", signal));
  world.of("b").instead = undefined;
  expect(client.status().find(({ node }) => node === "b")!.pausedMs).toBeGreaterThan(0);
  return [world, client];
}

test("a holder that is left alone is asked where a liar would hide an object beside it", async () => {
  const [world, client] = await besideLiar();
  expect(await world.until(client.find("x", signal))).toMatchObject({ turn: 1, isGone: false });
  expect(world.scheduler.now).toBeLessThan(10_000);
});

test("a holder that is left alone lists where a liar would hide an object beside it, and only there", async () => {
  const [world, client] = await besideLiar();
  expect((await world.until(collected(client.list("", signal)))).map(({ name }) => name)).toEqual(["w", "x", "y"]);
  const asked = world.of("b").asked.length;
  expect((await world.until(collected(client.list("y", signal)))).map(({ name }) => name)).toEqual(["y"]);
  expect(world.of("b").asked).toHaveLength(asked);
});

test("a holder that is late is waited for where a liar would hide an object beside it, and for ten seconds at most", async () => {
  const [world] = await besideLiar();
  const late = (ms: number) => (question: Question) =>
    new Promise((done) => {
      const { entries } = world.of("b");
      const after = question.op === "list-entries" ? question.after : "";
      const listed = [...entries.values()].filter(({ name }) => name > after);
      world.scheduler.after(ms, () => done({ entry: entries.get("x"), entries: listed, next: null }));
    });
  world.of("b").instead = late(5_000);
  expect(await world.until(world.client().find("x", signal))).toMatchObject({ turn: 1 });
  expect(await world.until(collected(world.client().list("", signal)))).toHaveLength(3);
  world.of("b").instead = late(100_000);
  const before = world.scheduler.now;
  expect(await world.until(world.client().find("x", signal))).toBeUndefined();
  expect(world.scheduler.now).toBe(before + 10_000);
});

const lists: readonly (readonly [string, (question: Question<"list-entries">, count: number) => unknown])[] = [
  [
    "names without end",
    ({ after }, count) => ({ entries: [ghost(`${after}-`), ghost(`${after}-${count}`)], next: `${after}-${count}` }),
  ],
  ["names again and again", () => ({ entries: [ghost("a")], next: "a" })],
  ["names in another order", () => ({ entries: [ghost("c"), ghost("b")], next: null })],
  ["names that were not asked for", () => ({ entries: [ghost("other")], next: null })],
  ["no names, and more of them", () => ({ entries: [], next: "zzz" })],
];

test.each(lists)("a holder that lists %s ends nobody's list, and is left alone", async (_, list) => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  await world.until(client.put("objects/x", pieces(octetsOf(10)), { signal }));
  let count = 0;
  world.of("b").instead = (question) => (question.op === "list-entries" ? list(question, ++count) : undefined);
  const listed = await world.until(collected(client.list("objects/", signal)));
  expect(listed.map(({ name }) => name)).toEqual(["objects/x"]);
  expect(client.status().find(({ node }) => node === "b")).toMatchObject({ faults: 1 });
});

test("a holder that goes silent on a later page keeps a list waiting for two seconds, and is left out from there on", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  const names = Array.from({ length: 12 }, (_, at) => `x${String(at).padStart(2, "0")}`);
  for (const name of names) await world.until(client.put(name, pieces(octetsOf(10)), { signal }));
  world.of("b").instead = (question) =>
    question.op === "list-entries" && question.after !== "" ? silence() : undefined;
  expect((await world.until(collected(client.list("", signal)))).map(({ name }) => name)).toEqual(names);
  expect(world.scheduler.now).toBe(2_000);
});

test.each([
  // The time that a holder may take of a list in all ends it, however little each page is late.
  [1_900, 6, 0, 10_000],
  // Pages that are short, and not late, end it, too.
  [100, 18, 1, 1_800],
] as const)(
  "a holder that lists a name a page, each %i ms late, is left out after %i",
  async (ms, pages, faults, took) => {
    const world = new PlayedHolders(3, 2);
    const client = world.client();
    await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
    let count = 0;
    world.of("b").instead = ({ op }) => {
      if (op !== "list-entries") return undefined;
      const name = `a${String(count++).padStart(9, "0")}`;
      return new Promise((done) => {
        world.scheduler.after(ms, () => done({ entries: [ghost(name)], next: name }));
      });
    };
    expect((await world.until(collected(client.list("", signal)))).map(({ name }) => name)).toEqual(["x"]);
    expect([count, world.scheduler.now]).toEqual([pages, took]);
    expect(client.status().find(({ node }) => node === "b")).toMatchObject({ faults });
  },
);

test("a holder that is as slow as the others are together is not left out", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  const names = Array.from({ length: 45 }, (_, at) => `x${String(at).padStart(2, "0")}`);
  for (const name of names) await world.until(client.put(name, pieces(octetsOf(10)), { signal }));
  const begunAt = world.scheduler.now;
  for (const [node, ms] of [
    ["a", 1_000],
    ["b", 1_000],
    ["c", 1_900],
  ] as const) {
    const holder = world.of(node);
    holder.instead = (question) => {
      if (question.op !== "list-entries") return undefined;
      const all = [...holder.entries.values()].filter(({ name }) => name > question.after);
      const entries = all.slice(0, 3);
      const answer = { entries, next: all.length > 3 ? entries.at(-1)!.name : null };
      return new Promise((done) => world.scheduler.after(ms, () => done(answer)));
    };
  }
  const asked = world.of("c").asked.length;
  expect(await world.until(collected(client.list("", signal)))).toHaveLength(45);
  expect(world.of("c").asked.length - asked).toBe(15);
  expect(world.scheduler.now - begunAt).toBe(15 * 1_900);
});

test("a list asks for no page before it is read", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  for (const at of [0, 1, 2, 3, 4, 5, 6]) await world.until(client.put(`x${at}`, pieces(octetsOf(10)), { signal }));
  const asked = (): number => world.of("a").asked.filter((op) => op === "list-entries").length;
  const list = client.list("", signal)[Symbol.asyncIterator]();
  expect(asked()).toBe(0);
  for (const [at, pages] of [1, 1, 1, 2, 2, 2, 3].entries()) {
    expect((await world.until(list.next())).value).toMatchObject({ name: `x${at}` });
    expect(asked()).toBe(pages);
  }
  expect(await world.until(list.next())).toMatchObject({ done: true });
});

test("a page is full that has no room for the shards of the next name", async () => {
  const world = new PlayedHolders(3, 2);
  const shards = Array.from({ length: PAGE_SHARDS_MAX / 2 + 1 }, () => ({
    hash: "00".repeat(32),
    size: SHARD_SIZE_MAX,
  }));
  const names = Array.from({ length: 25 }, (_, at) => `x${String(at).padStart(2, "0")}`);
  for (const holder of world.all) {
    holder.instead = (question) => {
      if (question.op !== "list-entries") return undefined;
      const name = names.find((each) => each > question.after)!;
      return { entries: [ghost(name, { shards })], next: name === names.at(-1) ? null : name };
    };
  }
  expect(await world.until(collected(world.client().list("", signal)))).toHaveLength(names.length);
});

test.each([
  [15, 0],
  [17, 1],
] as const)("a holder lists %i names of 64 GiB each where 16 fit into the budget: %i faults", async (count, faults) => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  const shards = Array.from({ length: OBJECT_SHARDS_MAX }, () => ({ hash: "00".repeat(32), size: SHARD_SIZE_MAX }));
  for (let at = 0; at < count; at++) {
    const name = `a${String(at).padStart(2, "0")}`;
    world.of("b").entries.set(name, ghost(name, { shards: [...shards, shards[0]!] }));
  }
  expect((await world.until(collected(client.list("", signal)))).map(({ name }) => name)).toEqual(["x"]);
  expect(client.status().find(({ node }) => node === "b")).toMatchObject({ faults });
});

test("answers are judged by the holders that were asked, though a record with others comes meanwhile", async () => {
  const world = new PlayedHolders(5, 2);
  const { holders } = world.terms;
  const few = { ...world.terms, holders: holders.slice(0, 3) };
  for (const ask of ["find", "list", "check"] as const) {
    const client = openStoreClient({ terms: few, door: world, time: world.time });
    await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
    world.of("c").entries.set("x", ghost("x", { turn: 900, isGone: true }));
    for (const holder of world.all) {
      holder.instead = () => {
        client.handleTerms(world.terms);
        return undefined;
      };
    }
    const found: Readonly<Record<typeof ask, () => Promise<readonly (HeldEntry | undefined)[]>>> = {
      find: async () => [await client.find("x", signal)],
      list: async () => collected(client.list("x", signal)),
      check: async () => [...(await client.check({ readData: false, signal })).objects],
    };
    expect(await world.until(found[ask]())).toMatchObject([{ name: "x", turn: 1 }]);
    for (const holder of world.all) holder.instead = undefined;
  }
});

test("a holder that answers with another name has given no answer", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  const strange = (question: Question): unknown =>
    question.op === "get-entry" || question.op === "put-entry" ? { entry: ghost("other") } : undefined;
  world.of("a").instead = strange;
  expect(await world.until(client.put("x", pieces(octetsOf(10)), { signal }))).toMatchObject({ name: "x" });
  world.of("b").instead = strange;
  await expect(world.until(client.find("x", signal))).rejects.toMatchObject({ code: "ERR_STORAGE_MAJORITY" });
});

test("a holder that has the same octets at an older turn has not taken them: a removal would win over them", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  const put = async (): Promise<HeldEntry> => world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  const old = await put();
  await world.until(client.remove("x", signal));
  const { entries } = world.of("b");
  entries.set("x", old);
  world.of("b").instead = ({ op }) => (op === "put-entry" ? refuse("ERR_STORAGE_EXISTS", entries.get("x")) : undefined);
  world.of("c").instead = ({ op }) => (op === "put-entry" ? refuse("ERR_STORAGE_UNREACHABLE") : undefined);
  await expect(put()).rejects.toMatchObject({ code: "ERR_STORAGE_MAJORITY" });
  world.of("b").instead = undefined;
  expect(await put()).toMatchObject({ turn: 3 });
  expect(entries.get("x")).toMatchObject({ turn: 3 });
});

test("a holder that answers nonsense again and again is left alone for twice as long each time", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  world.of("a").instead = () => ({ entry: ghost("other"), entries: [ghost("b"), ghost("a")], next: null });
  for (const ms of [5_000, 10_000, 20_000]) {
    await world.until<unknown>(ms === 10_000 ? collected(client.list("", signal)) : client.find("x", signal));
    expect(client.status()[0]!.pausedMs).toBe(ms);
    world.scheduler.runFor(ms);
  }
});

test("a door that breaks its promise is a mistake of the program, and not taken for a holder's answer", async () => {
  const world = new PlayedHolders(3, 2);
  world.of("a").instead = () => {
    throw new TypeError("a mistake");
  };
  await expect(world.until(world.client().find("x", signal))).rejects.toThrow(TypeError);
});

test("retention of a majority is told with its end, which a few holders do not move", async () => {
  const world = new PlayedHolders(3, 2);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  for (const [at, holder] of world.all.entries()) {
    holder.instead = ({ op }) =>
      op === "put-entry" ? refuse("ERR_STORAGE_RETAINED", undefined, [1, 5_000, 2 ** 50][at]) : undefined;
  }
  await expect(world.until(client.remove("x", signal))).rejects.toMatchObject({
    code: "ERR_STORAGE_RETAINED",
    refusal: { until: 5_000 },
  });
});
