import { describe, expect, test } from "vitest";
import type { KeeperStatus } from "../../src/holder/index.ts";
import { HolderError, placeOf } from "../../src/index.ts";
import type { MemoryFleet } from "../../src/testing/index.ts";
import { ALICE, ask, fleetOf, hashOf, octetsOf, putAt, whoHas } from "./kit.ts";

const DAY_MS = 86_400_000;
const TEXTS = Array.from({ length: 40 }, (_, at) => `text ${at}`);

/** Objects whose shards lie where they belong. */
async function filled(nodes: string, copies: number): Promise<MemoryFleet> {
  const fleet = fleetOf(nodes, { copies });
  for (const text of TEXTS)
    await putAt(fleet, placesOf(fleet, text).slice(0, copies).join(""), text.replace(" ", "/"), text);
  await fleet.minutes(13);
  return fleet;
}

function placesOf(fleet: MemoryFleet, text: string): readonly string[] {
  return placeOf(hashOf(octetsOf(text)), fleet.terms.holders);
}

/** The fewest copies that a shard has at holders that are up and keep what they have. */
function fewest(fleet: MemoryFleet): number {
  const copies = TEXTS.map(
    (text) =>
      whoHas(fleet, text)
        .split("")
        .filter((node) => fleet.member(node).isUp).length,
  );
  return Math.min(...copies);
}

function counters(fleet: MemoryFleet, node: string): KeeperStatus {
  return fleet.member(node).holder.status();
}

/** Holders of which one says that they keep nothing. */
function idle(fleet: MemoryFleet, node: string): readonly string[] {
  return counters(fleet, node)
    .holders.filter(({ keepsNothing }) => keepsNothing)
    .map(({ node: other }) => other);
}

describe("repair", () => {
  test("shards come from a writer's first holders to all to whom they belong", async () => {
    const fleet = fleetOf("abcde");
    await putAt(fleet, "abc", "x", "some");
    await fleet.minutes(2);
    const places = placesOf(fleet, "some").slice(0, 3);
    expect(whoHas(fleet, "some").split("")).toEqual(expect.arrayContaining([...places]));
  });

  test("a holder that dies is replaced after ten minutes, and not before", async () => {
    const fleet = await filled("abcde", 3);
    fleet.member("a").isUp = false;
    await fleet.minutes(9);
    expect(fewest(fleet)).toBe(2);
    await fleet.minutes(4);
    expect(fewest(fleet)).toBe(3);
  });

  test("a machine that has slept takes nobody for dead", async () => {
    const fleet = await filled("abcde", 3);
    fleet.now += DAY_MS;
    await fleet.turns(["repair"]);
    for (const node of "abcde") expect(counters(fleet, node).holders.every(({ isLiving }) => isLiving)).toBe(true);
  });

  test("one that comes back keeps what it has, and what is in excess goes after a day", async () => {
    const fleet = await filled("abcde", 3);
    fleet.member("a").isUp = false;
    await fleet.minutes(13);
    fleet.restart("a");
    await fleet.minutes(2);
    const lying = (): number => fleet.nodes.reduce((sum, node) => sum + fleet.member(node).disk.hashes().length, 0);
    expect(lying()).toBeGreaterThan(3 * TEXTS.length);
    fleet.now += DAY_MS;
    await fleet.minutes(70);
    expect(lying()).toBe(3 * TEXTS.length);
    expect(fewest(fleet)).toBe(3);
  });

  test("all is looked at each hour, however often all was looked at in a hurry", async () => {
    const fleet = await filled("abc", 2);
    for (let round = 0; round < 5; round++) {
      fleet.member("a").isUp = false;
      await fleet.minutes(12);
      fleet.restart("a");
      await fleet.minutes(2);
    }
    const { disk } = fleet.member("b");
    const { length } = disk.hashes();
    for (const hash of disk.hashes()) disk.lose(hash);
    await fleet.minutes(62);
    expect(disk.hashes().length).toBeGreaterThanOrEqual(length / 2);
  });

  test("fewer holders than copies have a copy each", async () => {
    const fleet = await filled("abc", 3);
    fleet.member("a").isUp = false;
    await fleet.minutes(30);
    expect(fewest(fleet)).toBe(2);
    expect(counters(fleet, "b").counters.shardsRemoved).toBe(0);
  });

  test("holders of an earlier record are asked for what nobody else has", async () => {
    const fleet = await filled("abcd", 2);
    const [a, b, c, d] = fleet.terms.holders;
    fleet.add("e");
    fleet.add("f");
    const holders = [c!, d!, { node: "e", domain: "e" }, { node: "f", domain: "f" }];
    expect([a!.node, b!.node]).toEqual(["a", "b"]);
    fleet.tell({ ...fleet.terms, epoch: 2, holders });
    await fleet.minutes(15);
    const copies = TEXTS.map(
      (text) =>
        whoHas(fleet, text)
          .split("")
          .filter((node) => "cdef".includes(node)).length,
    );
    expect(Math.min(...copies)).toBeGreaterThanOrEqual(2);
  });

  test("a full disk takes nothing, and the next holder takes its part", async () => {
    const fleet = await filled("abcde", 3);
    fleet.member("b").disk.capacity = fleet.member("b").disk.octets;
    fleet.member("a").isUp = false;
    await fleet.minutes(20);
    expect(fewest(fleet)).toBe(3);
    expect(counters(fleet, "c").holders.find(({ node }) => node === "b")).toMatchObject({ isLiving: true });
  });

  test("a shard that nobody has is told", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "abc", "x", "some");
    for (const node of "abc") fleet.member(node).disk.lose(hashOf(octetsOf("some")));
    await fleet.minutes(2);
    expect(counters(fleet, "a").missing).toBe(1);
    await putAt(fleet, "a", "y", "some");
    await fleet.minutes(62);
    expect(counters(fleet, "a").missing).toBe(0);
    expect(whoHas(fleet, "some")).toBe("abc");
  });

  test("one shard that the disk does not read stops no other", async () => {
    const fleet = await filled("abcd", 2);
    const { disk } = fleet.member("a");
    const [bad] = disk.hashes();
    const read = disk.read.bind(disk);
    disk.read = async (hash) => {
      if (hash === bad) throw Object.assign(new Error("i/o error"), { code: "EMFILE" });
      return read(hash);
    };
    fleet.member("b").isUp = false;
    await fleet.minutes(15);
    const copies = TEXTS.filter((text) => hashOf(octetsOf(text)) !== bad).map(
      (text) => whoHas(fleet, text).replace("b", "").length,
    );
    expect(Math.min(...copies)).toBe(2);
  });
});

describe("verification", () => {
  test("finds what is damaged here, and another holder gives it anew", async () => {
    const fleet = await filled("abcde", 3);
    const { disk, holder } = fleet.member("a");
    for (const hash of disk.hashes()) disk.damage(hash);
    await fleet.turns(["verify"]);
    expect(disk.hashes()).toEqual([]);
    expect(holder.status().counters.shardsDamaged).toBeGreaterThan(10);
    expect(fleet.notices).toHaveLength(1);
    await fleet.turns(["repair"]);
    expect(fewest(fleet)).toBe(3);
    await fleet.turns(["verify"]);
    expect(disk.hashes().length).toBe(holder.status().counters.shardsDamaged);
  });

  test("reads a small collection once a day, also over restarts", async () => {
    const fleet = await filled("abc", 3);
    let reads = 0;
    const { disk } = fleet.member("a");
    const read = disk.read.bind(disk);
    disk.read = async (hash) => {
      reads++;
      return read(hash);
    };
    const readIn = async (): Promise<number> => {
      const before = reads;
      await fleet.turns(["verify"]);
      return reads - before;
    };
    expect([await readIn(), await readIn()]).toEqual([TEXTS.length, 0]);
    fleet.restart("a");
    fleet.now += DAY_MS - 1;
    expect(await readIn()).toBe(0);
    fleet.now += 1;
    expect([await readIn(), await readIn()]).toEqual([TEXTS.length, 0]);
    // A clock that is put back does not keep it from being read.
    fleet.now -= 2 * DAY_MS;
    expect(await readIn()).toBe(TEXTS.length);
  });

  test("takes what a medium cannot read for damaged", async () => {
    const fleet = await filled("abc", 3);
    const { disk } = fleet.member("a");
    const [bad] = disk.hashes();
    const read = disk.read.bind(disk);
    disk.read = async (hash) => {
      if (hash === bad) throw Object.assign(new Error("i/o error"), { code: "EIO" });
      return read(hash);
    };
    await fleet.turns(["verify"]);
    expect(disk.hashes()).not.toContain(bad);
  });

  test("reads a bounded part of the disk in a turn, and goes on there after a restart", async () => {
    const fleet = fleetOf("abc", { budget: 1e9 });
    const large = Array.from({ length: 12 }, (_, at) => Buffer.alloc(4_194_304, at));
    for (const octets of large) await ask(fleet, "a", ALICE, { op: "put-shard", hash: hashOf(octets), octets });
    const { disk } = fleet.member("a");
    const hashes = disk.hashes();
    const damage = (from: number): void => {
      for (const hash of hashes.slice(from)) disk.damage(hash);
    };
    await fleet.turns(["verify"]);
    fleet.restart("a");
    damage(0);
    await fleet.turns(["verify"]);
    expect(disk.hashes()).toEqual([...hashes.slice(0, 4), ...hashes.slice(8)]);
    await fleet.turns(["verify"]);
    // Once some were damaged, all are read in a hurry.
    expect(disk.hashes()).toEqual(hashes.slice(0, 4));
    await fleet.turns(["verify"]);
    expect(disk.hashes()).toEqual([]);
  });
});

describe("challenges", () => {
  test("are passed by holders that keep what they have", async () => {
    const fleet = await filled("abcde", 3);
    fleet.now += 2 * 3_600_000;
    await fleet.turns(["challenge"]);
    const { counters: passed, holders } = counters(fleet, "a");
    expect(passed).toMatchObject({ challengesFailed: 0 });
    expect(passed.challengesPassed).toBeGreaterThan(10);
    expect(holders.every(({ failures }) => failures === 0)).toBe(true);
  });

  test("a holder that loses shards gets them anew", async () => {
    const fleet = await filled("ab", 2);
    const { disk } = fleet.member("b");
    const [lost] = disk.hashes();
    for (const hash of disk.hashes()) if (hash !== lost) disk.lose(hash);
    fleet.now += 2 * 3_600_000;
    await fleet.member("a").holder.challenge(new AbortController().signal);
    expect(disk.hashes().length).toBeGreaterThan(15);
  });

  test("a holder that says that it has all, and keeps nothing, is left out, and is back once it passes", async () => {
    const fleet = await filled("abcde", 3);
    fleet.now += 2 * 3_600_000;
    await fleet.minutes(2);
    fleet.member("e").liar = async (question, honest) => {
      if (question.op === "put-shard") return { isNew: true };
      if (question.op === "have-shards") return { has: question.hashes.map(() => true) };
      if (question.op === "challenge") return { digests: question.hashes.map(() => "00".repeat(32)) };
      return honest();
    };
    const { disk } = fleet.member("e");
    for (const hash of disk.hashes()) disk.lose(hash);
    await fleet.turns(["challenge"]);
    expect(idle(fleet, "a")).toEqual([]);
    await fleet.turns(["challenge"]);
    for (const node of "abcd") expect(idle(fleet, node)).toEqual(["e"]);
    await fleet.minutes(2);
    for (const text of TEXTS) expect(whoHas(fleet, text).replace("e", "").length).toBeGreaterThanOrEqual(3);
    fleet.member("e").liar = undefined;
    await fleet.minutes(65);
    await fleet.turns(["challenge"]);
    for (const node of "abcd") expect(idle(fleet, node)).toEqual([]);
  });

  test.each(["ERR_STORAGE_UNREACHABLE", "ERR_STORAGE_BUSY"] as const)(
    "a holder that answers challenges with %s alone fails from the seventh on; one that is away is no matter of theirs",
    async (code) => {
      const fleet = await filled("abcde", 3);
      fleet.now += 2 * 3_600_000;
      await fleet.minutes(2);
      fleet.member("d").isUp = false;
      fleet.member("e").liar = async (question, honest) => {
        if (question.op === "challenge") throw new HolderError({ code, message: "not now" });
        return honest();
      };
      await fleet.minutes(12);
      const challenged = async (times: number): Promise<KeeperStatus["holders"]> => {
        for (let time = 0; time < times; time++) await fleet.turns(["challenge"]);
        return counters(fleet, "a").holders.filter(({ node }) => node === "d" || node === "e");
      };
      expect(await challenged(6)).toMatchObject([
        { failures: 0, isLiving: false },
        { failures: 0, isLiving: true },
      ]);
      expect(await challenged(2)).toMatchObject([
        { failures: 0, keepsNothing: false },
        { keepsNothing: true, isLiving: false },
      ]);
    },
  );

  test("a holder that begins anew while it is challenged has failed nothing", async () => {
    const fleet = await filled("ab", 2);
    fleet.now += 2 * 3_600_000;
    await fleet.turns(["sync"]);
    fleet.member("b").isUp = false;
    await fleet.member("a").holder.challenge(new AbortController().signal);
    fleet.restart("b");
    expect(counters(fleet, "a").holders).toMatchObject([{ failures: 0, isLiving: true }]);
    expect(counters(fleet, "a").counters.challengesFailed).toBe(0);
  });

  test.each([
    ["too few digests", async () => ({ digests: [] })],
    ["digests of another nonce", async () => ({ digests: Array.from({ length: 16 }, () => "11".repeat(32)) })],
  ])("%s are failures", async (_, answer) => {
    const fleet = await filled("abc", 3);
    fleet.now += 2 * 3_600_000;
    fleet.member("c").liar = async (question, honest) => (question.op === "challenge" ? answer() : honest());
    await fleet.member("a").holder.challenge(new AbortController().signal);
    expect(counters(fleet, "a").holders.find(({ node }) => node === "c")).toMatchObject({ failures: 16 });
  });
});

test("octets that a holder gives wrong are not taken, counted, and another one is asked", async () => {
  const fleet = await filled("abc", 3);
  const { disk } = fleet.member("a");
  fleet.member("b").liar = async (question, honest) =>
    question.op === "get-shard" ? { octets: octetsOf("wrong") } : honest();
  for (const hash of disk.hashes()) disk.damage(hash);
  await fleet.turns(["verify"]);
  await fleet.member("a").holder.repair(new AbortController().signal);
  expect(disk.hashes()).toHaveLength(TEXTS.length);
  expect(counters(fleet, "a").holders.find(({ node }) => node === "b")!.failures).toBeGreaterThan(0);
});
