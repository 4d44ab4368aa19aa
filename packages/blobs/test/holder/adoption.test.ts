import { describe, expect, test } from "vitest";
import type { Entry, HeldEntry } from "../../src/index.ts";
import type { MemoryFleet } from "../../src/testing/index.ts";
import { ALICE, ask, fleetOf, goneOf, held, liveOf, outcome, putAt } from "./kit.ts";

const DAY_MS = 86_400_000;

async function remove(fleet: MemoryFleet, nodes: string, name: string, turn: number): Promise<void> {
  for (const node of nodes) await ask(fleet, node, ALICE, { op: "put-entry", entry: goneOf(name, turn) });
}

function down(fleet: MemoryFleet, nodes: string): void {
  for (const node of nodes) fleet.member(node).isUp = false;
}

/** A holder that tells what is in its changes, whatever it has. */
function lies(fleet: MemoryFleet, node: string, entries: readonly Entry[]): void {
  const changed: HeldEntry[] = entries.map((entry) => ({ ...entry, written: fleet.now, by: ALICE }));
  fleet.member(node).liar = async (question, honest) => {
    if (question.op === "get-entry") return { entry: changed.find(({ name }) => name === question.name) ?? null };
    if (question.op !== "list-changes") return honest();
    const since = question.book === "lie" ? question.since : 0;
    const page = changed.slice(since, since + 256);
    return { book: "lie", entries: page, last: since + page.length, isAll: since + page.length === changed.length };
  };
}

describe("what was acknowledged", () => {
  test("an object comes to all, and its shards to as many as there are copies", async () => {
    const fleet = fleetOf("abcde");
    await putAt(fleet, "abc", "x", "some");
    await fleet.minutes(2);
    expect(held(fleet, "x")).toBe("a:1, b:1, c:1, d:1, e:1");
    expect(fleet.nodes.filter((node) => fleet.member(node).disk.octets > 0).length).toBeGreaterThanOrEqual(3);
  });

  test("a removal comes to all", async () => {
    const fleet = fleetOf("abcde");
    await putAt(fleet, "abcde", "x", "some");
    await remove(fleet, "abc", "x", 2);
    await fleet.minutes(2);
    expect(held(fleet, "x")).toBe("a:2 gone, b:2 gone, c:2 gone, d:2 gone, e:2 gone");
  });

  test("an object that comes to one holder alone, while those who may have had it too are away, is taken at once", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "ab", "x", "some");
    down(fleet, "a");
    await fleet.minutes(1);
    expect(held(fleet, "x")).toBe("a:1, b:1, c:1");
  });

  test("a holder with new disks takes all again, also what only two had with it", async () => {
    const fleet = fleetOf("abcde");
    await fleet.minutes(1);
    await putAt(fleet, "abc", "x", "some");
    fleet.add("c");
    await fleet.minutes(1);
    expect(held(fleet, "x")).toBe("a:1, b:1, c:1, d:1, e:1");
  });

  test("and what is gone stays gone for it", async () => {
    const fleet = fleetOf("abcde");
    await putAt(fleet, "abcde", "x", "some");
    down(fleet, "de");
    await remove(fleet, "abc", "x", 2);
    fleet.add("c");
    fleet.restart("d");
    fleet.restart("e");
    await fleet.minutes(2);
    expect(held(fleet, "x")).toBe("a:2 gone, b:2 gone, c:2 gone, d:2 gone, e:2 gone");
  });

  test("a removal that only two others know with a holder that has lost its disks is not undone by the first one that it hears", async () => {
    const fleet = fleetOf("abcd");
    await fleet.minutes(1);
    await putAt(fleet, "ac", "x", "some");
    await remove(fleet, "bd", "x", 2);
    await remove(fleet, "c", "x", 2);
    fleet.add("c");
    await fleet.minutes(15);
    expect(held(fleet, "x")).toBe("a:2 gone, b:2 gone, c:2 gone, d:2 gone");
  });

  test("a copy of the names that was put back is young until others were heard", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "abc", "x", "some");
    Object.defineProperty(fleet.member("a").book, "book", { value: "copy" });
    fleet.restart("a");
    const answer = async (): Promise<string> => outcome(ask(fleet, "a", ALICE, { op: "get-entry", name: "x" }));
    expect(await answer()).toBe("ERR_STORAGE_BUSY");
    // A holder asks whatever its own part takes, unless it writes, too.
    const byHolder = async (): Promise<string> =>
      outcome(ask(fleet, "a", "service/storage.b", { op: "get-entry", name: "x" }));
    expect(await byHolder()).toBe("done");
    fleet.tell({ ...fleet.terms, epoch: fleet.terms.epoch + 1, writers: [ALICE, "service/storage.b"] });
    expect(await byHolder()).toBe("ERR_STORAGE_BUSY");
    await fleet.minutes(1);
    expect(await answer()).toBe("done");
    fleet.restart("a");
    expect(await answer()).toBe("done");
  });

  test("a holder whose book was put back to an earlier day reads and is read anew", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "abc", "x", "some");
    await putAt(fleet, "abc", "y", "more");
    await fleet.minutes(2);
    const { book } = fleet.member("a");
    fleet.add("a");
    Object.defineProperty(fleet.member("a").book, "book", { value: book.book });
    fleet.settle("a");
    for (const node of "bc") await fleet.member(node).holder.sync(new AbortController().signal);
    await putAt(fleet, "a", "z", "new");
    await fleet.minutes(13);
    for (const name of ["x", "y", "z"]) expect(held(fleet, name)).toBe("a:1, b:1, c:1");
  });
});

describe("what was not", () => {
  test("an object of one holder is taken after ten minutes", async () => {
    const fleet = fleetOf("abcde");
    await fleet.minutes(2);
    await putAt(fleet, "a", "x", "some");
    await fleet.minutes(9);
    expect(held(fleet, "x")).toBe("a:1, b:none, c:none, d:none, e:none");
    await fleet.minutes(4);
    expect(held(fleet, "x")).toBe("a:1, b:1, c:1, d:1, e:1");
  });

  test("a removal at one holder is taken back, and takes nothing from others", async () => {
    const fleet = fleetOf("abcde");
    await putAt(fleet, "abcde", "x", "some");
    await fleet.minutes(2);
    await remove(fleet, "a", "x", 2);
    await fleet.minutes(9);
    expect(held(fleet, "x")).toBe("a:2 gone, b:1, c:1, d:1, e:1");
    await fleet.minutes(3);
    expect(held(fleet, "x")).toBe("a:3, b:3, c:3, d:3, e:3");
  });

  test.each([
    ["a majority's", "ab", "c", "1"],
    ["of two with as many the one with the lower hash", "a", "b", undefined],
  ])("of two objects under a name %s stays", async (_, one, other, expected) => {
    const fleet = fleetOf(one.length === 1 ? "ab" : "abc", { copies: 2 });
    await fleet.minutes(2);
    await putAt(fleet, one, "x", "1");
    await putAt(fleet, other, "x", "2");
    await fleet.minutes(13);
    const texts = fleet.nodes.map((node) => JSON.stringify(fleet.member(node).book.get("x")?.shards));
    expect(new Set(texts).size).toBe(1);
    if (expected !== undefined) expect(texts[0]).toBe(JSON.stringify(liveOf("x", expected).shards));
  });
});

describe("a holder that lies", () => {
  test("tells that all is gone, at high turns, and destroys nothing, whoever is away", async () => {
    const fleet = fleetOf("abcde");
    for (let at = 0; at < 20; at++) await putAt(fleet, "abcde", `x/${at}`, `text ${at}`);
    lies(
      fleet,
      "e",
      Array.from({ length: 20 }, (_, at) => goneOf(`x/${at}`, 1_000)),
    );
    await fleet.minutes(20);
    down(fleet, "ab");
    await fleet.minutes(20);
    for (const node of "cd") expect(fleet.member(node).book.sums().objects).toBe(20);
  });

  test("tells a million names, and is read only as far as there may be names", { timeout: 60_000 }, async () => {
    const fleet = fleetOf("abc");
    let told = 0;
    fleet.member("c").liar = async (question, honest) => {
      if (question.op !== "list-changes") return honest();
      const from = question.since;
      told = Math.max(told, from);
      const entries = Array.from({ length: 256 }, (_, at) => ({
        ...goneOf(`x/${from + at}`, 1),
        written: 0,
        by: ALICE,
      }));
      return { book: "lie", entries, last: from + 256, isAll: false };
    };
    const { holder, book } = fleet.member("a");
    for (let turn = 0; turn < 20; turn++) await holder.sync(new AbortController().signal);
    expect(book.countReports("c")).toBe(262_144);
    expect(told).toBe(262_144);
    expect(book.sums().names).toBeLessThanOrEqual(16_384);
  });

  test("invents objects, and a day's part of the budget is all that it fills", async () => {
    const fleet = fleetOf("abc", { budget: 16_000 });
    await fleet.minutes(1);
    lies(
      fleet,
      "c",
      Array.from({ length: 500 }, (_, at) => liveOf(`x/${at}`, "0123456789")),
    );
    down(fleet, "b");
    await fleet.minutes(30);
    expect(fleet.member("a").book.sums()).toEqual({ objects: 100, octets: 1_000, names: 100 });
    expect(fleet.member("a").holder.status().counters.entriesHeldBack).toBeGreaterThan(400);
    await putAt(fleet, "a", "mine", "text");
  });

  test("invents them while all others are heard, and fills a sixteenth part of that at each of the others", async () => {
    const fleet = fleetOf("abc", { budget: 16_000 });
    await fleet.minutes(1);
    lies(
      fleet,
      "c",
      Array.from({ length: 500 }, (_, at) => liveOf(`x/${at}`, "0123456789")),
    );
    await fleet.minutes(30);
    expect(fleet.member("a").book.sums().objects).toBe(12);
  });

  test("tells an object at the end of numbers, and the name stays usable", async () => {
    const fleet = fleetOf("abc");
    await fleet.minutes(1);
    lies(fleet, "c", [liveOf("x", "1", Number.MAX_SAFE_INTEGER), goneOf("y", Number.MAX_SAFE_INTEGER)]);
    down(fleet, "b");
    await fleet.minutes(15);
    expect(held(fleet, "x")).toBe("a:none, b:none, c:none");
    expect(held(fleet, "y")).toBe("a:none, b:none, c:none");
  });

  test.each([
    ["pages that lead nowhere", { book: "lie", entries: [], last: 0, isAll: false }],
    ["a number that is none", { book: "lie", entries: [], last: Number.NaN, isAll: true }],
    [
      "entries that are none",
      { book: "lie", entries: [{ ...liveOf("../x", "1"), written: 0, by: "" }], last: 1, isAll: true },
    ],
  ])("tells %s: counted, and no more", async (_, page) => {
    const fleet = fleetOf("abc");
    fleet.member("c").liar = async (question, honest) => (question.op === "list-changes" ? page : honest());
    await fleet.minutes(2);
    expect(fleet.member("a").holder.status().counters.malformed).toBeGreaterThan(0);
    expect(fleet.member("a").book.sums().names).toBe(0);
  });

  test("throws what it likes, and the others go on", async () => {
    const fleet = fleetOf("abc");
    await putAt(fleet, "a", "x", "some");
    fleet.member("c").liar = async () => {
      throw new TypeError("surprise");
    };
    await fleet.minutes(2);
    expect(held(fleet, "x")).toBe("a:1, b:1, c:1");
  });
});

describe("clocks that are off", () => {
  test.each([DAY_MS, -DAY_MS])(
    "by %i ms change nothing for what others have, and for how long it stays",
    async (skew) => {
      const fleet = fleetOf("abc", { retention: 3_600 });
      fleet.member("a").skew = skew;
      fleet.restart("a");
      await putAt(fleet, "abc", "x", "some");
      await putAt(fleet, "ab", "y", "more");
      await fleet.minutes(30);
      expect(held(fleet, "y")).toBe("a:1, b:1, c:1");
      const { written } = fleet.member("c").book.get("y")!;
      expect(written).toBeLessThanOrEqual(fleet.now);
      const removals = await Promise.all(
        ["a", "b", "c"].map(async (node) =>
          ask(fleet, node, ALICE, { op: "put-entry", entry: goneOf("x", 2) }).catch((error) => error.code),
        ),
      );
      expect(removals).toEqual(["ERR_STORAGE_RETAINED", "ERR_STORAGE_RETAINED", "ERR_STORAGE_RETAINED"]);
    },
  );

  test("behind by a day do not shorten what others have, where their holder's entry comes to them at a higher turn", async () => {
    const fleet = fleetOf("abc", { retention: 3_600 });
    fleet.member("a").skew = -DAY_MS;
    fleet.restart("a");
    await putAt(fleet, "abc", "locks/x", "some");
    await fleet.minutes(2);
    await remove(fleet, "a", "locks/x", 2);
    await fleet.minutes(13);
    expect(held(fleet, "locks/x")).toBe("a:3, b:3, c:3");
    for (const node of "bc")
      expect(fleet.now - fleet.member(node).book.get("locks/x")!.written).toBeLessThan(3_600_000);
  });

  test("a clock that leaps by a day removes at its own holder alone, which takes it back", async () => {
    const fleet = fleetOf("abc", { retention: 3_600 });
    await putAt(fleet, "abc", "x", "some");
    await fleet.minutes(2);
    fleet.member("a").skew = DAY_MS;
    fleet.tell(fleet.terms);
    await remove(fleet, "a", "x", 2);
    await fleet.minutes(13);
    expect(held(fleet, "x")).toBe("a:3, b:3, c:3");
  });
});
