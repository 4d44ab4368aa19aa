import { expect, test } from "vitest";
import { ASKED_SHARDS_MAX, SHARD_SIZE_MAX } from "../../src/index.ts";
import { octetsOf, pieces, PlayedHolders, refuse } from "./played-holders.ts";

const { signal } = new AbortController();

test("a collection whose holders have all is whole, and each holder says how it is", async () => {
  const world = new PlayedHolders(5, 3);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(2 * SHARD_SIZE_MAX + 1)), { signal }));
  await world.until(client.put("y", pieces(octetsOf(7)), { signal }));
  await world.until(client.remove("y", signal));
  world.of("a").entries.delete("y");
  const steps: string[] = [];
  const onProgress = (done: number, all: number): void => void steps.push(`${done}/${all}`);
  const report = await world.until(client.check({ readData: true, signal, onProgress }));
  expect(report).toMatchObject({ differing: 0, names: [], shards: 3, short: [] });
  expect(report.objects.map(({ name }) => name)).toEqual(["x"]);
  expect(report.holders.map(({ node, fault, wrong }) => [node, fault, wrong])).toEqual(
    ["a", "b", "c", "d", "e"].map((node) => [node, undefined, 0]),
  );
  expect(report.holders.reduce((sum, { has }) => sum + has, 0)).toBe(9);
  expect(steps).toEqual(["1/3", "2/3", "3/3"]);
});

test("a name that one holder lacks, a shard that lacks a copy, and a holder that gives no answer are told", async () => {
  const world = new PlayedHolders(3, 3);
  const client = world.client();
  const { shards } = await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  const { hash } = shards[0]!;
  world.of("a").entries.clear();
  world.of("b").shards.clear();
  world.of("c").instead = () => refuse("ERR_STORAGE_UNREACHABLE");
  const report = await world.until(client.check({ readData: false, signal }));
  expect(report).toMatchObject({
    objects: [{ name: "x" }],
    differing: 1,
    names: [{ name: "x", right: ["b"], others: ["a"] }],
    short: [{ hash, name: "x", holders: ["a"] }],
  });
  expect(report.holders[2]!.fault).toMatchObject({ code: "ERR_STORAGE_UNREACHABLE" });
});

test("a holder that lists nonsense is told, and its shards do not count", async () => {
  const world = new PlayedHolders(3, 3);
  const client = world.client();
  await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  world.of("b").instead = ({ op }) => (op === "list-entries" ? { entries: [], next: "zzz" } : undefined);
  const report = await world.until(client.check({ readData: true, signal }));
  expect(report.holders[1]!.fault).toMatchObject({ code: "ERR_STORAGE_FORM" });
  expect(report.short).toMatchObject([{ name: "x", holders: ["a", "c"] }]);
});

test("octets that are flipped show when they are read, and not before", async () => {
  const world = new PlayedHolders(3, 3);
  const client = world.client();
  const { shards } = await world.until(client.put("x", pieces(octetsOf(10)), { signal }));
  world.of("b").shards.set(shards[0]!.hash, octetsOf(10, 1));
  expect(await world.until(client.check({ readData: false, signal }))).toMatchObject({ short: [] });
  const report = await world.until(client.check({ readData: true, signal }));
  expect(report.short).toMatchObject([{ holders: ["a", "c"] }]);
  expect(report.holders.map(({ wrong }) => wrong)).toEqual([0, 1, 0]);
});

test("holders are asked for no more shards at once than a question may have", async () => {
  const world = new PlayedHolders(2, 2);
  const shards = Array.from({ length: ASKED_SHARDS_MAX + 1 }, (_, at) => ({
    hash: at.toString(16).padStart(64, "0"),
    size: 1,
  }));
  const entry = { name: "x", turn: 1, isGone: false, shards, written: 0, by: "user/alice" };
  const sizes: number[] = [];
  for (const holder of world.all) {
    holder.entries.set("x", entry);
    holder.instead = (question) => {
      if (question.op === "have-shards") sizes.push(question.hashes.length);
      return undefined;
    };
  }
  const report = await world.until(world.client().check({ readData: false, signal }));
  expect(report).toMatchObject({ shards: ASKED_SHARDS_MAX + 1 });
  expect(report.short).toHaveLength(ASKED_SHARDS_MAX + 1);
  expect(sizes).toEqual([ASKED_SHARDS_MAX, ASKED_SHARDS_MAX, 1, 1]);
});
