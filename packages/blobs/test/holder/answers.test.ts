import { describe, expect, test, vi } from "vitest";
import { type HolderError, SHARD_SIZE_MAX } from "../../src/index.ts";
import { ALICE, ask, BOB, fleetOf, goneOf, hashOf, liveOf, octetsOf, outcome, putAt } from "./kit.ts";

const octets = octetsOf("some");
const shard = { op: "put-shard", hash: hashOf(octets), octets } as const;

describe("rights", () => {
  const asks = {
    "put-shard": shard,
    "get-shard": { op: "get-shard", hash: shard.hash },
    "have-shards": { op: "have-shards", hashes: [] },
    challenge: { op: "challenge", nonce: "00".repeat(32), hashes: [] },
    "put-entry": { op: "put-entry", entry: liveOf("x", "x") },
    "get-entry": { op: "get-entry", name: "x" },
    "list-entries": { op: "list-entries", prefix: "", after: "" },
    "list-changes": { op: "list-changes", book: "", since: 0 },
    "get-state": { op: "get-state" },
  } as const;

  test.each([
    ["user/alice", ["list-changes"]],
    ["user/bob", ["put-shard", "put-entry", "list-changes"]],
    ["service/storage.b", ["put-shard", "put-entry"]],
    ["service/storage.z", Object.keys(asks)],
    ["user/mallory", Object.keys(asks)],
    ["user/storage.b", Object.keys(asks)],
    ["service/b", Object.keys(asks)],
  ])("%s is refused %j", async (asker, refused) => {
    const fleet = fleetOf("abc");
    await ask(fleet, "a", ALICE, shard);
    const outcomes = await Promise.all(
      Object.entries(asks).map(
        async ([op, question]) => [op, await outcome(ask(fleet, "a", asker, question))] as const,
      ),
    );
    expect(outcomes.filter(([, code]) => code === "ERR_STORAGE_RIGHT").map(([op]) => op)).toEqual(refused);
    expect(outcomes.filter(([, code]) => code !== "ERR_STORAGE_RIGHT" && code !== "done")).toEqual([]);
  });

  test("a holder gives another one what an object names there, and nothing else", async () => {
    const fleet = fleetOf("abc");
    expect(await outcome(ask(fleet, "a", "service/storage.b", shard))).toBe("ERR_STORAGE_RIGHT");
    await ask(fleet, "a", ALICE, { op: "put-entry", entry: liveOf("x", "some") });
    expect(await outcome(ask(fleet, "a", "service/storage.b", shard))).toBe("done");
  });

  test("a holder never takes a name of a holder", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "a", "x", "some");
    const removal = { op: "put-entry", entry: goneOf("x", 2) } as const;
    expect(await outcome(ask(fleet, "a", "service/storage.b", removal))).toBe("ERR_STORAGE_RIGHT");
  });
});

describe("epochs and records", () => {
  test.each([0, 2])("an asker of recovery epoch %i is shut out of 1", async (recoveryEpoch) => {
    const fleet = fleetOf("abc");
    const question = { op: "get-state", recoveryEpoch } as const;
    expect(await outcome(ask(fleet, "a", ALICE, question))).toBe("ERR_STORAGE_EPOCH");
  });

  test.each([
    ["a lower epoch", { epoch: 4, recoveryEpoch: 2 }],
    ["a lower recovery epoch", { epoch: 6, recoveryEpoch: 1 }],
  ])("a record of %s is not taken, also not after a restart", async (_, changes) => {
    const fleet = fleetOf("abc", { epoch: 5, recoveryEpoch: 2 });
    const { terms } = fleet;
    fleet.restart("a");
    fleet.member("a").holder.takeTerms({ ...terms, ...changes, writers: ["user/mallory"] });
    expect(fleet.member("a").holder.status().terms).toEqual(terms);
  });

  test("a record counts at once where it cannot be written down, and is written once it can", async () => {
    const fleet = fleetOf("abc");
    const { book } = fleet.member("a");
    const write = vi.spyOn(book, "setState").mockImplementation(() => {
      throw new Error("no space left on device");
    });
    fleet.now += 120_000;
    const holders = [...fleet.terms.holders.slice(0, 2), { node: "d", domain: "d" }];
    fleet.tell({ ...fleet.terms, recoveryEpoch: 2, writers: [BOB], holders });
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("ERR_STORAGE_RIGHT");
    expect(await outcome(ask(fleet, "a", BOB, shard))).toBe("done");
    const lower = { ...fleet.terms, recoveryEpoch: 1 };
    fleet.member("a").holder.takeTerms(lower);
    expect(fleet.member("a").holder.status()).toMatchObject({ state: "open", terms: { recoveryEpoch: 2 } });
    write.mockRestore();
    fleet.member("a").holder.takeTerms(fleet.terms);
    fleet.restart("a");
    fleet.member("a").holder.takeTerms(lower);
    expect(fleet.member("a").holder.status().terms).toEqual(fleet.terms);
    expect(book.state("former")).toBe("c");
  });

  test("without an agent writers have a quarter of an hour, readers have no end, and holders repair", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "a", "x", "some");
    fleet.now += 16 * 60_000;
    expect(await outcome(ask(fleet, "a", ALICE, { ...shard }))).toBe("ERR_STORAGE_ENDED");
    expect(await outcome(ask(fleet, "a", ALICE, { op: "put-entry", entry: goneOf("x", 2) }))).toBe("ERR_STORAGE_ENDED");
    expect(await outcome(ask(fleet, "a", BOB, { op: "get-shard", hash: shard.hash }))).toBe("done");
    expect(await outcome(ask(fleet, "a", "service/storage.b", shard))).toBe("done");
    fleet.tell(fleet.terms);
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("done");
  });

  test("the head of a question is judged as the question is, and counted", () => {
    const { holder } = fleetOf("abc").member("a");
    const put = { op: "put-shard", recoveryEpoch: 1 } as const;
    const codeOf = (asker: string, head: Parameters<typeof holder.admit>[0]): string | undefined => {
      try {
        holder.admit(head, asker);
        return undefined;
      } catch (error) {
        return (error as HolderError).code;
      }
    };
    expect([codeOf(ALICE, put), codeOf("service/storage.b", put)]).toEqual([undefined, undefined]);
    expect(codeOf(BOB, { ...put, op: "get-shard" })).toBeUndefined();
    expect(codeOf(BOB, put)).toBe("ERR_STORAGE_RIGHT");
    expect(codeOf(ALICE, { ...put, recoveryEpoch: 2 })).toBe("ERR_STORAGE_EPOCH");
    holder.takeTerms(undefined);
    expect(codeOf(ALICE, put)).toBe("ERR_STORAGE_ENDED");
    expect(codeOf("service/storage.b", put)).toBeUndefined();
    expect(holder.status().refused).toEqual({ ERR_STORAGE_RIGHT: 1, ERR_STORAGE_EPOCH: 1, ERR_STORAGE_ENDED: 1 });
  });

  test("an agent that tells the collection no more ends writing at once", async () => {
    const fleet = fleetOf("abc");
    fleet.member("a").holder.takeTerms(undefined);
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("ERR_STORAGE_ENDED");
    expect(await outcome(ask(fleet, "a", BOB, { op: "get-state" }))).toBe("done");
    expect(fleet.member("a").holder.status().state).toBe("read-only");
  });

  test("a holder that the record names no more is read by holders alone, and loses nothing", async () => {
    const fleet = fleetOf("abcd");
    await putAt(fleet, "abcd", "x", "some");
    fleet.tell({ ...fleet.terms, epoch: 2, holders: fleet.terms.holders.slice(1) });
    const read = { op: "get-shard", hash: shard.hash } as const;
    expect(await outcome(ask(fleet, "a", "service/storage.b", read))).toBe("done");
    expect(await outcome(ask(fleet, "a", BOB, read))).toBe("ERR_STORAGE_COLLECTION");
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("ERR_STORAGE_COLLECTION");
    expect(await outcome(ask(fleet, "a", "service/storage.b", shard))).toBe("ERR_STORAGE_COLLECTION");
    await fleet.minutes(3);
    expect(fleet.member("a").disk.hashes()).toEqual([shard.hash]);
    expect(fleet.member("a").holder.status().state).toBe("left");
  });
});

describe("shards", () => {
  test("octets that are not those of the name are refused, and none lie there", async () => {
    const fleet = fleetOf("abc");
    const wrong = { ...shard, octets: octetsOf("other") };
    const large = new Uint8Array(SHARD_SIZE_MAX + 1);
    expect(await outcome(ask(fleet, "a", ALICE, wrong))).toBe("ERR_STORAGE_HASH");
    expect(await outcome(ask(fleet, "a", ALICE, { op: "put-shard", hash: hashOf(large), octets: large }))).toBe(
      "ERR_STORAGE_HASH",
    );
    expect(fleet.member("a").disk.hashes()).toEqual([]);
  });

  test("a shard that is put twice lies there once, and mends a damaged one", async () => {
    const fleet = fleetOf("abc");
    expect(await ask(fleet, "a", ALICE, shard)).toEqual({ isNew: true });
    expect(await ask(fleet, "a", ALICE, shard)).toEqual({ isNew: false });
    fleet.member("a").disk.damage(shard.hash);
    expect(await ask(fleet, "a", ALICE, shard)).toEqual({ isNew: true });
    expect(await ask(fleet, "a", BOB, { op: "get-shard", hash: shard.hash })).toEqual({
      octets: new Uint8Array(octets),
    });
  });

  test("a damaged shard is not given, and set aside; then it is missing", async () => {
    const fleet = fleetOf("abc");
    await ask(fleet, "a", ALICE, shard);
    fleet.member("a").disk.damage(shard.hash);
    expect(await outcome(ask(fleet, "a", BOB, { op: "get-shard", hash: shard.hash }))).toBe("ERR_STORAGE_DAMAGED");
    expect(await outcome(ask(fleet, "a", BOB, { op: "get-shard", hash: shard.hash }))).toBe("ERR_STORAGE_MISSING");
    expect(fleet.member("a").holder.status().counters.shardsDamaged).toBe(1);
  });

  test("the budget bounds what lies here, also of many puts at once", async () => {
    const fleet = fleetOf("abc", { budget: 10 });
    const puts = ["aaaa", "bbbb", "cccc", "dddd"].map((text) => {
      const each = octetsOf(text);
      return outcome(ask(fleet, "a", ALICE, { op: "put-shard", hash: hashOf(each), octets: each }));
    });
    expect((await Promise.all(puts)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "ERR_STORAGE_QUOTA",
      "ERR_STORAGE_QUOTA",
      "done",
      "done",
    ]);
    expect(fleet.member("a").disk.octets).toBe(8);
  });

  test("small shards count for the blocks that they take", async () => {
    const fleet = fleetOf("abc", { budget: 10_000 });
    const { disk } = fleet.member("a");
    disk.block = 4_096;
    const put = async (text: string): Promise<string> =>
      outcome(ask(fleet, "a", ALICE, { op: "put-shard", hash: hashOf(octetsOf(text)), octets: octetsOf(text) }));
    expect([await put("1"), await put("2"), await put("3")]).toEqual(["done", "done", "ERR_STORAGE_QUOTA"]);
    fleet.tell({ ...fleet.terms, budget: 1_000_000 });
    disk.capacity = 2.5 * 4_096;
    expect(await put("3")).toBe("ERR_STORAGE_DISK");
  });

  test("so does the organization's", async () => {
    const fleet = fleetOf("abc", { organizationBudget: 3 });
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("ERR_STORAGE_QUOTA");
    expect(await outcome(ask(fleet, "a", ALICE, { op: "put-entry", entry: liveOf("x", "some") }))).toBe(
      "ERR_STORAGE_QUOTA",
    );
  });

  test("a full disk, and a broken one, refuse with a code, and are told", async () => {
    const fleet = fleetOf("abc");
    const { disk } = fleet.member("a");
    disk.capacity = 3;
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("ERR_STORAGE_DISK");
    disk.capacity = 100;
    disk.fault = new Error("i/o error");
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("ERR_STORAGE_DISK");
    await fleet.turns(["sync", "repair", "challenge", "verify", "collect"]);
    disk.fault = undefined;
    expect(await outcome(ask(fleet, "a", ALICE, shard))).toBe("done");
    expect(fleet.member("a").holder.status().refused).toEqual({ ERR_STORAGE_DISK: 2 });
    expect(fleet.notices).toEqual(["The disk of a cannot be used: i/o error."]);
  });

  test.each([
    ["a hash that is none", { op: "get-shard", hash: "../../etc" }],
    ["too many shards", { op: "have-shards", hashes: Array.from({ length: 1_025 }, () => "00".repeat(32)) }],
    [
      "a challenge on too many",
      { op: "challenge", nonce: "00".repeat(32), hashes: Array.from({ length: 17 }, () => "00".repeat(32)) },
    ],
    ["a nonce that is none", { op: "challenge", nonce: "00", hashes: [] }],
    ["a name that is none", { op: "get-entry", name: "../x" }],
  ] as const)("%s has no right form", async (_, question) => {
    expect(await outcome(ask(fleetOf("abc"), "a", BOB, question))).toBe("ERR_STORAGE_FORM");
  });
});

describe("names", () => {
  const put = async (fleet: ReturnType<typeof fleetOf>, entry: ReturnType<typeof liveOf>): Promise<string> =>
    outcome(ask(fleet, "a", ALICE, { op: "put-entry", entry }));

  test.each([
    ["a first one", [liveOf("x", "1")], ["done"]],
    ["the same again", [liveOf("x", "1"), liveOf("x", "1")], ["done", "done"]],
    ["another object", [liveOf("x", "1"), liveOf("x", "2")], ["done", "ERR_STORAGE_EXISTS"]],
    ["another object at a higher turn", [liveOf("x", "1"), liveOf("x", "2", 2)], ["done", "ERR_STORAGE_EXISTS"]],
    ["the same at a higher turn", [liveOf("x", "1"), liveOf("x", "1", 1_001)], ["done", "done"]],
    ["the same at a turn from nowhere", [liveOf("x", "1"), liveOf("x", "1", 1_002)], ["done", "ERR_STORAGE_TURN"]],
    ["the same at a lower turn", [liveOf("x", "1", 2), liveOf("x", "1")], ["done", "ERR_STORAGE_EXISTS"]],
    [
      "the same at a higher turn, which takes no room that it does not have",
      [1, 2].map((turn) => ({ ...liveOf("x", "1", turn), shards: [{ hash: hashOf(octets), size: 900_000 }] })),
      ["done", "done"],
    ],
    ["a removal", [liveOf("x", "1"), goneOf("x", 2)], ["done", "done"]],
    ["a removal at its own turn", [liveOf("x", "1"), goneOf("x", 1)], ["done", "ERR_STORAGE_TURN"]],
    ["a removal of what never was", [goneOf("x", 1)], ["done"]],
    [
      "another object after a removal",
      [liveOf("x", "1"), goneOf("x", 2), liveOf("x", "2", 3)],
      ["done", "done", "done"],
    ],
    [
      "an old one after a removal",
      [liveOf("x", "1"), goneOf("x", 2), liveOf("x", "1")],
      ["done", "done", "ERR_STORAGE_TURN"],
    ],
    ["the highest step", [liveOf("x", "1", 1_000)], ["done"]],
    ["a turn from nowhere", [liveOf("x", "1", 1_001)], ["ERR_STORAGE_TURN"]],
    ["the end of numbers", [liveOf("x", "1"), goneOf("x", Number.MAX_SAFE_INTEGER)], ["done", "ERR_STORAGE_TURN"]],
    ["a turn that is none", [liveOf("x", "1", 0)], ["ERR_STORAGE_FORM"]],
    ["a name that is none", [liveOf("x/../y", "1")], ["ERR_STORAGE_FORM"]],
    ["no shards", [{ ...liveOf("x", "1"), shards: [] }], ["ERR_STORAGE_FORM"]],
    ["gone with shards", [{ ...liveOf("x", "1"), isGone: true }], ["ERR_STORAGE_FORM"]],
    [
      "more than the budget",
      [{ ...liveOf("x", "1"), shards: [{ hash: hashOf(octets), size: 1_000_001 }] }],
      ["ERR_STORAGE_QUOTA"],
    ],
  ])("%s", async (_, entries, expected) => {
    const fleet = fleetOf("abc");
    const outcomes: string[] = [];
    for (const entry of entries) outcomes.push(await put(fleet, entry));
    expect(outcomes).toEqual(expected);
  });

  test("a shard in the middle of an object that is not full has no right form", async () => {
    const [ref] = liveOf("x", "1").shards;
    expect(await put(fleetOf("abc"), { ...liveOf("x", "1"), shards: [ref!, ref!] })).toBe("ERR_STORAGE_FORM");
  });

  test("an object stays for its retention, but for such as may go at any time", async () => {
    const fleet = fleetOf("abc", { retention: 3_600 });
    await put(fleet, liveOf("x", "1"));
    await put(fleet, liveOf("locks/x", "1"));
    expect(await put(fleet, goneOf("locks/x", 2))).toBe("done");
    expect(await put(fleet, goneOf("x", 2))).toBe("ERR_STORAGE_RETAINED");
    fleet.now += 3_600_000;
    fleet.tell(fleet.terms);
    expect(await put(fleet, goneOf("x", 2))).toBe("done");
  });

  test("a refusal has the entry that stands in the way, and until when", async () => {
    const fleet = fleetOf("abc", { retention: 3_600 });
    await put(fleet, liveOf("x", "1"));
    const refused = await ask(fleet, "a", ALICE, { op: "put-entry", entry: goneOf("x", 2) }).catch(
      (error) => error.refusal,
    );
    expect(refused).toMatchObject({ until: fleet.now + 3_600_000, entry: { name: "x", turn: 1, by: ALICE } });
  });

  test("pages end at 256 names, and at as many shards as one object may have", async () => {
    const fleet = fleetOf("abc");
    for (let at = 0; at < 300; at++) await put(fleet, liveOf(`x/${String(at).padStart(3, "0")}`, "1"));
    const first = await ask(fleet, "a", BOB, { op: "list-entries", prefix: "x/", after: "" });
    expect([first.entries.length, first.next]).toEqual([256, "x/255"]);
    const second = await ask(fleet, "a", BOB, { op: "list-entries", prefix: "x/", after: "x/255" });
    expect([second.entries.length, second.next]).toEqual([44, null]);
    const changes = await ask(fleet, "a", "service/storage.b", { op: "list-changes", book: "", since: 0 });
    expect([changes.entries.length, changes.last, changes.isAll]).toEqual([256, 256, false]);
    const rest = await ask(fleet, "a", "service/storage.b", { op: "list-changes", book: changes.book, since: 256 });
    expect([rest.entries.length, rest.last, rest.isAll]).toEqual([44, 300, true]);
  });
});
