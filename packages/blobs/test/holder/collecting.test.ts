import { describe, expect, test } from "vitest";
import { ALICE, ask, fleetOf, goneOf, hashOf, liveOf, octetsOf, putAt } from "./kit.ts";

const DAY_MS = 86_400_000;
const octets = octetsOf("some");
const shard = { op: "put-shard", hash: hashOf(octets), octets } as const;

describe("what goes", () => {
  test("a shard that no object names goes a day after it was last put, and a named one never", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "a", "x", "named");
    await ask(fleet, "a", ALICE, shard);
    fleet.now += DAY_MS / 2;
    fleet.tell(fleet.terms);
    await ask(fleet, "a", ALICE, shard);
    fleet.now += DAY_MS / 2;
    await fleet.turns(["collect"]);
    expect(fleet.member("a").disk.hashes()).toHaveLength(2);
    fleet.now += DAY_MS / 2;
    await fleet.turns(["collect"]);
    expect(fleet.member("a").disk.hashes()).toEqual([hashOf(octetsOf("named"))]);
  });

  test("a shard whose last name goes long after it was put stays for a day from then, and comes back with its object", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "a", "x", "some");
    await putAt(fleet, "a", "y", "more");
    fleet.now += 2 * DAY_MS;
    fleet.tell(fleet.terms);
    for (const name of ["x", "y"]) await ask(fleet, "a", ALICE, { op: "put-entry", entry: goneOf(name, 2) });
    fleet.restart("a");
    await fleet.turns(["collect"]);
    expect(fleet.member("a").disk.hashes()).toHaveLength(2);
    await ask(fleet, "a", ALICE, { op: "put-entry", entry: liveOf("x", "some", 3) });
    fleet.now += DAY_MS;
    await fleet.turns(["collect"]);
    expect(fleet.member("a").disk.hashes()).toEqual([shard.hash]);
  });

  test("a holder whose names began anew removes no shard until it has heard others, and for a day from then", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "abc", "x", "some");
    fleet.now += 2 * DAY_MS;
    fleet.tell(fleet.terms);
    const { disk } = fleet.member("a");
    fleet.add("a");
    fleet.member("a").disk = disk;
    fleet.restart("a");
    fleet.now += 2 * DAY_MS;
    await fleet.turns(["collect"]);
    expect(disk.hashes()).toEqual([shard.hash]);
    fleet.settle("a");
    fleet.now += DAY_MS - 1;
    await fleet.turns(["collect"]);
    fleet.restart("a");
    await fleet.turns(["collect"]);
    expect(disk.hashes()).toEqual([shard.hash]);
    fleet.now += 1;
    await fleet.turns(["collect"]);
    expect(disk.hashes()).toEqual([]);
  });

  test("a holder that the record names no more removes nothing", async () => {
    const fleet = fleetOf("abcd");
    await ask(fleet, "a", ALICE, shard);
    await ask(fleet, "a", ALICE, { op: "put-entry", entry: goneOf("x", 1) });
    fleet.tell({ ...fleet.terms, epoch: 2, holders: fleet.terms.holders.slice(1) });
    fleet.now += 31 * DAY_MS;
    await fleet.turns(["collect"]);
    expect(fleet.member("a").disk.hashes()).toEqual([shard.hash]);
    expect(fleet.member("a").book.get("x")).toBeDefined();
  });

  test("where many go at once, a turn says that there is more", async () => {
    const fleet = fleetOf("abc");
    const { disk, holder } = fleet.member("a");
    for (let at = 0; at < 1_500; at++) await disk.write(hashOf(octetsOf(`${at}`)), octetsOf(`${at}`), fleet.now);
    const { signal } = new AbortController();
    expect(await holder.collect(signal)).toBe(false);
    expect(await holder.collect(signal)).toBe(false);
    fleet.now += DAY_MS;
    expect([await holder.collect(signal), disk.hashes().length]).toEqual([true, 476]);
    expect([await holder.collect(signal), disk.hashes()]).toEqual([false, []]);
  });

  test("a name that is gone is forgotten after thirty days", async () => {
    const fleet = fleetOf("abc");
    await ask(fleet, "a", ALICE, { op: "put-entry", entry: goneOf("x", 1) });
    fleet.now += 30 * DAY_MS;
    await fleet.turns(["collect"]);
    expect(fleet.member("a").book.get("x")).toBeDefined();
    fleet.now += 1;
    await fleet.turns(["collect"]);
    expect(fleet.member("a").book.get("x")).toBeUndefined();
  });
});
