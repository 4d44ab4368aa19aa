/** A source that means harm, or means well and is too fast, and a reader that keeps its bounds. */
import { describe, expect, test } from "vitest";
import * as limits from "../src/limits.ts";
import type { Message } from "../src/messages.ts";
import { VerificationTurns } from "../src/verification-turns.ts";
import { Conduct } from "../src/conduct.ts";
import { ReaderEnd, SOURCE_DATABASE, conductOf, sourceHello } from "./ends.ts";
import { idOf, type Quality, record } from "./records.ts";

const MINUTE_MS = 60_000;
const hello = sourceHello([
  { section: "entry", sequence: 0 },
  { section: "public", sequence: 0 },
]);
const have = (sequence: number, ids: readonly string[], section = "public"): Message => ({
  kind: "have",
  section,
  sequence,
  ids,
});
const push = (...records: readonly Uint8Array[]): Message => ({ kind: "records", answered: 0, records });
const manyIds = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, each) => (from + each).toString(16).padStart(64, "0"));
const manyRecords = (
  count: number,
  options: { quality?: Quality; signatures?: number; size?: number; from?: number } = {},
): Uint8Array[] => Array.from({ length: count }, (_, each) => record(`r${(options.from ?? 0) + each}`, options));

function readerAfterHello(options: ConstructorParameters<typeof ReaderEnd>[0] = {}): ReaderEnd {
  const end = new ReaderEnd(options);
  end.sent();
  end.receive(hello);
  return end;
}

/** The failure that it told; undefined: none. */
function failure(end: ReaderEnd): string | undefined {
  const event = end.events.find(({ kind }) => kind === "failed");
  return event?.kind === "failed" ? event.text : undefined;
}

describe("rules that a source may not break", () => {
  const one = manyIds(1);
  test.each<readonly [string, readonly Message[], string]>([
    ["an offer of a section that HELLO does not name", [have(1, one, "org/acme")], "HELLO does not name"],
    ["a sequence that stands still", [have(1, one), have(1, one)], "HAVE goes to row 1, and the one before to 1"],
    ["a sequence that goes back", [have(5, one), have(4, one)], "HAVE goes to row 4, and the one before to 5"],
    [
      "a fifth open offer",
      [1, 2, 3, 4, 5].map((row) => have(row, one, row % 2 === 0 ? "entry" : "public")),
      "4 others are not answered",
    ],
    ["an answer to more than was asked", [have(1, one), { kind: "records", answered: 1, records: [] }], "0 are wanted"],
    ["a second HELLO", [hello], "HELLO came twice"],
    ["a message of readers", [{ kind: "want", ids: [] }], "WANT is a reader's"],
  ])("%s", (_, messages, text) => {
    const end = readerAfterHello();
    end.receive(...messages);
    expect(failure(end)).toContain(text);
    expect(end.reader.isPaused).toBe(true);
    expect(end.reader.nextTimeout()).toBe(Infinity);
    end.receive(push(record("late")));
    expect([end.taken, end.sent()]).toEqual([[], []]);
  });

  test.each<readonly [string, Message, string]>([
    ["messages in front of HELLO", push(record("r")), "HELLO is not the first message"],
    ["another node's HELLO", { ...hello, node: "c" }, "HELLO is of c, and b is at the other end"],
    ["versions to come", sourceHello([], { lowestVersion: 4, highestVersion: 9 }), "the versions 4 to 9"],
    [
      "a beginning in the middle",
      sourceHello([{ section: "public", sequence: 1 }]),
      "begins public behind row 1, and 0 was read",
    ],
  ])("%s", (_, message, text) => {
    const end = new ReaderEnd();
    end.sent();
    end.receive(message);
    expect(failure(end)).toContain(text);
  });

  test("cursors of another database give no right to begin behind them", () => {
    const cursors = { databaseId: "0c".repeat(16), cursors: [{ section: "public", sequence: 4 }] };
    const end = new ReaderEnd({ cursors });
    end.receive(sourceHello([{ section: "public", sequence: 4 }]));
    expect(failure(end)).toContain("begins public behind row 4, and 0 was read");
  });

  test("a record above the limit", () => {
    const end = readerAfterHello();
    end.receive(push(new Uint8Array(limits.RECORD_SIZE_MAX + 1)));
    expect(failure(end)).toContain("has a record of 67079 octets");
  });

  test("open offers are those that are not settled, so that honest ones go on without an end", () => {
    const end = readerAfterHello({ has: new Set(manyIds(1)) });
    for (let row = 1; row <= 40; row++) {
      end.receive(have(row, manyIds(1)));
      expect(end.sent()).toEqual([{ kind: "want", ids: [] }]);
    }
    expect(end.cursors).toEqual({ public: 40 });
    expect(failure(end)).toBe(undefined);
  });

  test("an offer that waits holds the section's cursor, and those behind it cost no memory", () => {
    const end = readerAfterHello({ has: new Set(manyIds(1)) });
    end.receive(have(1, [idOf(record("slow"))]));
    end.sent();
    for (let row = 2; row <= 40; row++) {
      end.receive(have(row, manyIds(1)), have(row, manyIds(1), "entry"));
      end.sent();
    }
    expect(end.cursors).toEqual({ entry: 40 });
    end.receive({ kind: "records", answered: 1, records: [record("slow")] });
    expect(end.cursors).toEqual({ entry: 40, public: 40 });
  });
});

describe("records that come too early", () => {
  const early = record("y", { quality: "early" });

  test("hold their section from then on, also behind an offer that waits", () => {
    const end = readerAfterHello();
    end.receive(have(1, [idOf(record("slow"))]), have(2, [idOf(early)]));
    end.sent();
    end.receive({ kind: "records", answered: 0, records: [early] });
    expect(end.reader.isHeld).toBe(false);
    end.receive({ kind: "records", answered: 1, records: [record("slow")] });
    expect(end.cursors).toEqual({ public: 1 });
    end.receive({ kind: "records", answered: 1, records: [early] }, have(3, manyIds(1)));
    end.sent();
    end.receive({ kind: "records", answered: 1, records: [] });
    expect([end.cursors, end.reader.isHeld]).toEqual([{ public: 1 }, true]);
  });

  test("are told while their offer is answered in part", () => {
    const end = readerAfterHello();
    end.receive(have(2, [idOf(early), idOf(record("slow"))]));
    end.sent();
    end.receive({ kind: "records", answered: 1, records: [early] });
    expect(end.reader.isHeld).toBe(true);
    end.receive({ kind: "records", answered: 1, records: [record("slow")] });
    expect([end.cursors, end.reader.isHeld]).toEqual([{}, true]);
  });
});

test("ids that an offer has twice are wanted once", () => {
  const end = readerAfterHello();
  end.receive(have(2, [...manyIds(2), ...manyIds(2)]));
  expect(end.sent()).toEqual([{ kind: "want", ids: manyIds(2) }]);
  end.receive({ kind: "records", answered: 2, records: [] });
  expect(end.cursors).toEqual({ public: 2 });
});

describe("a source that owes something", () => {
  test("HELLO that does not come", () => {
    const end = new ReaderEnd();
    end.wait(limits.HELLO_MS - 1);
    expect(end.told).toEqual([]);
    end.wait(1);
    expect(failure(end)).toBe("HELLO has not come for 30 s");
  });

  test("an answer that does not come, and one that comes at the last moment", () => {
    const end = readerAfterHello();
    end.wait(10 * MINUTE_MS);
    end.receive(have(2, manyIds(2)));
    expect(end.sent()).toHaveLength(1);
    end.wait(limits.ANSWER_MS - 1);
    end.receive({ kind: "records", answered: 1, records: [] });
    end.wait(limits.ANSWER_MS - 1);
    expect(end.told).toEqual(["hello"]);
    end.wait(1);
    expect(failure(end)).toBe("an answer to WANT has not come for 60 s");
  });

  test("messages that answer nothing are no answer", () => {
    const end = readerAfterHello();
    end.receive(have(1, manyIds(1)));
    end.sent();
    end.wait(limits.ANSWER_MS - 1);
    end.receive(push(record("r")), Buffer.from("0900000000", "hex"));
    end.wait(1);
    expect(failure(end)).toContain("an answer to WANT");
  });
});

describe("budgets of a neighbour", () => {
  test("a gigabyte of useless records is read at 64 KiB a second", () => {
    const end = readerAfterHello();
    const message = push(record("r", { size: 16_000, signatures: 0 }));
    let bytes = 0;
    const feed = (until: number): void => {
      while (end.now < until) {
        for (; !end.reader.isPaused; bytes += 16_000) end.receive(message);
        end.wait(Math.min(until, end.reader.nextTimeout()) - end.now);
      }
    };
    feed(1);
    expect(bytes).toBeGreaterThan(limits.BYTES_BURST * 0.95);
    expect(bytes).toBeLessThan(limits.BYTES_BURST * 1.05);
    const before = bytes;
    feed(100_001);
    expect((bytes - before) / 100).toBeGreaterThan(limits.BYTES_PER_SECOND * 0.9);
    expect((bytes - before) / 100).toBeLessThan(limits.BYTES_PER_SECOND * 1.05);
    expect(end.told).toEqual(["hello"]);
  });

  test.each([
    ["messages of later versions", Buffer.from("0900000000", "hex")],
    ["empty messages", Buffer.from("0400000003000000", "hex")],
  ])("%s are read at 128 a second, and a new stream is no new beginning", (_, message) => {
    const conduct = conductOf();
    let read = 0;
    for (let streams = 0; streams < 5; streams++) {
      const end = readerAfterHello({ conduct });
      for (; !end.reader.isPaused; read++) end.receive(message);
    }
    expect(read).toBeLessThanOrEqual(limits.BYTES_BURST / limits.MESSAGE_COST_MIN);
    expect(read).toBeGreaterThan(2_000);
    const end = new ReaderEnd({ conduct, now: 1_000 });
    end.receive(hello);
    for (; !end.reader.isPaused; read++) end.receive(message);
    expect(read).toBeLessThanOrEqual(limits.BYTES_BURST / limits.MESSAGE_COST_MIN + 128);
  });

  test("64 signatures a second are verified, 512 at once, and the rest waits", () => {
    const end = readerAfterHello({ conduct: new Conduct(endlessTurns, 0) });
    for (let from = 0; !end.reader.isPaused; from += 64) end.receive(push(...manyRecords(64, { signatures: 2, from })));
    expect(end.taken.length * 2).toBe(limits.VERIFICATIONS_BURST);
    end.wait(1_000);
    expect(end.taken.length * 2).toBe(limits.VERIFICATIONS_BURST + limits.VERIFICATIONS_PER_SECOND);
  });

  test("what is not used is not saved up, and records without signatures count, too", () => {
    const end = readerAfterHello({ conduct: new Conduct(endlessTurns, 0) });
    end.wait(60 * MINUTE_MS);
    for (let from = 0; !end.reader.isPaused; from += 64) end.receive(push(...manyRecords(64, { signatures: 0, from })));
    expect(end.taken).toHaveLength(limits.VERIFICATIONS_BURST);
  });

  test("a record that is here by now is not verified", () => {
    const has = new Set<string>();
    const end = readerAfterHello({ has, conduct: new Conduct(endlessTurns, 0) });
    const records = manyRecords(64, { signatures: 16 });
    end.receive(push(...records));
    expect([end.taken.length, end.reader.isPaused]).toEqual([32, true]);
    for (const octets of records.slice(0, 63)) has.add(idOf(octets));
    end.wait();
    expect(end.reader.isPaused).toBe(false);
    expect(end.taken).toHaveLength(33);
  });

  test("neighbours take turns: who has one record waits for no more than one of each other", () => {
    const turns = new VerificationTurns();
    const others = Array.from({ length: 20 }, () => readerAfterHello({ conduct: new Conduct(turns, 0) }));
    for (const [each, end] of others.entries()) {
      for (let from = 0; from < 200; from += 50) {
        if (!end.reader.isPaused) end.receive(push(...manyRecords(50, { from: each * 1_000 + from, signatures: 4 })));
      }
    }
    expect(others.every(({ reader }) => reader.isPaused)).toBe(true);
    const honest = readerAfterHello({ conduct: new Conduct(turns, 0) });
    honest.receive(push(record("honest")));
    expect(honest.taken).toEqual([]);
    const before = others.map(({ taken }) => taken.length);
    const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);
    expect(sum(before) * 4).toBeLessThanOrEqual(limits.PROCESS_VERIFICATIONS_BURST + 4);
    for (let ms = 0; honest.taken.length === 0 && ms < 1_000; ms++) for (const end of [...others, honest]) end.wait(1);
    expect(honest.now).toBeLessThanOrEqual(21 * 4);
    for (let ms = honest.now; ms < 1_000; ms++) for (const end of others) end.wait(1);
    const gained = others.map(({ taken }, each) => taken.length - before[each]!);
    expect(sum(gained) * 4).toBeLessThanOrEqual(limits.PROCESS_VERIFICATIONS_PER_SECOND);
    expect(sum(gained) * 4).toBeGreaterThan(limits.PROCESS_VERIFICATIONS_PER_SECOND * 0.9);
    expect(Math.max(...gained) - Math.min(...gained)).toBeLessThanOrEqual(1);
  });
});

describe("faults", () => {
  test.each<readonly [string, (end: ReaderEnd, each: number) => void]>([
    ["wrong signatures", (end, each) => end.receive(push(record(`f${each}`, { quality: "forged" })))],
    ["wrong forms", (end, each) => end.receive(push(record(`m${each}`, { quality: "misshapen" })))],
    ["octets that are no record", (end) => end.receive(push(Buffer.from("nothing")))],
    [
      "records that were not asked for",
      (end, each) => {
        const good = record(`g${each}`);
        end.receive(have(each + 1, [idOf(good)]));
        end.sent();
        end.receive({ kind: "records", answered: 1, records: [good, record(`u${each}`)] });
      },
    ],
    [
      "ids without their records",
      (end, each) => {
        end.receive(have(each + 1, manyIds(limits.MISSING_PER_FAULT, each * 1_000)));
        end.sent();
        end.receive({ kind: "records", answered: limits.MISSING_PER_FAULT, records: [] });
      },
    ],
  ])("%s: ten within a minute mute the neighbour, for longer each time", (_, fault) => {
    const conduct = conductOf();
    let end = readerAfterHello({ conduct });
    let each = 0;
    const spans: number[] = [];
    for (let times = 0; times < 9; times++) {
      for (let count = 0; count < limits.FAULTS_MAX; count++) {
        expect(end.reader.isPaused).toBe(false);
        fault(end, each++);
      }
      const muted = end.events.at(-1)!;
      expect(muted).toMatchObject({ kind: "muted", untilMs: conduct.mutedUntil });
      spans.push(conduct.mutedUntil - end.now);
      expect(end.reader.isPaused).toBe(true);
      // A new stream does not help.
      end = new ReaderEnd({ conduct, now: end.now });
      expect([end.reader.isPaused, end.sent()]).toMatchObject([true, [{ kind: "hello" }]]);
      end.wait(conduct.mutedUntil - end.now);
      expect(end.reader.isPaused).toBe(false);
      end.receive(hello);
    }
    expect(spans).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((minutes) => minutes * MINUTE_MS));
    end.wait(conduct.mutedUntil + limits.MUTE_MS_MAX - end.now);
    for (let count = 0; count < limits.FAULTS_MAX; count++) fault(end, each++);
    expect(conduct.mutedUntil - end.now).toBe(limits.MUTE_MS);
  });

  test("nine in a minute, again and again, are borne", () => {
    const end = readerAfterHello();
    for (let minute = 0; minute < 5; minute++) {
      for (let count = 0; count < limits.FAULTS_MAX - 1; count++)
        end.receive(push(record(`f${minute}/${count}`, { quality: "forged" })));
      end.wait(MINUTE_MS);
    }
    expect(end.told).toEqual(["hello"]);
  });

  test("records that are refused for other reasons are no faults", () => {
    const end = readerAfterHello();
    end.receive(push(...manyRecords(60, { quality: "unwelcome" })), push(...manyRecords(60, { quality: "early" })));
    expect(end.told).toEqual(["hello"]);
  });

  test("those that come while the neighbour is muted make it no longer", () => {
    const conduct = conductOf();
    for (let count = 0; count < limits.FAULTS_MAX; count++) conduct.handleFault(0);
    for (let count = 0; count < 3 * limits.FAULTS_MAX; count++) expect(conduct.handleFault(1_000)).toBe(false);
    expect(conduct.mutedUntil).toBe(limits.MUTE_MS);
  });

  test("broken rules count over streams", () => {
    const conduct = conductOf();
    for (let streams = 0; streams < limits.FAULTS_MAX; streams++) {
      expect(conduct.isMuted(0)).toBe(false);
      readerAfterHello({ conduct }).receive(hello);
    }
    expect(conduct.isMuted(0)).toBe(true);
  });

  test("a source that offers 100,000 ids and has none gets no more than 640 wants in a minute, and is muted", () => {
    const end = readerAfterHello();
    let wanted = 0;
    let row = 0;
    const until = 10 * MINUTE_MS;
    while (end.now < until && row < 100_000) {
      if (end.reader.isPaused) {
        end.wait(Math.min(until, end.reader.nextTimeout()) - end.now);
        continue;
      }
      row += 256;
      end.receive(have(row, manyIds(256, row)));
      const wants = end.sent();
      for (const want of wants) {
        const { ids } = want as { ids: readonly string[] };
        wanted += ids.length;
        end.receive({ kind: "records", answered: ids.length, records: [] });
      }
    }
    expect(end.events.filter(({ kind }) => kind === "muted")).toHaveLength(4);
    expect(wanted).toBeLessThanOrEqual(4 * (640 + 256));
    expect(end.taken).toEqual([]);
    expect(end.cursors["public"]).toBeLessThan(100_000);
  });

  test("a neighbour that is muted on one stream is not asked on another", () => {
    const conduct = conductOf();
    const cursors = { databaseId: SOURCE_DATABASE, cursors: [] };
    const quiet = readerAfterHello({ conduct, cursors });
    quiet.receive(have(1, [idOf(record("r"))]));
    const loud = readerAfterHello({ conduct });
    loud.receive(push(...manyRecords(10, { quality: "forged" })));
    expect(quiet.sent()).toEqual([]);
    expect(quiet.reader.isPaused).toBe(true);
    quiet.wait(conduct.mutedUntil);
    expect(quiet.sent()).toEqual([{ kind: "want", ids: [idOf(record("r"))] }]);
  });
});

const endlessTurns = { take: (_signatures: number, now: number): number => now } as VerificationTurns;
