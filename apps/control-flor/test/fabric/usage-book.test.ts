import * as fc from "fast-check";
import { expect, test } from "vitest";
import { USAGE_HOURS, USAGE_ROWS_MAX } from "../../src/fabric/limits.ts";
import { UsageBook, usageKey } from "../../src/fabric/usage-book.ts";
import { HOUR, timeOf, usageOf } from "./a-usage.ts";

const relaysOf = (count: number): ReturnType<typeof usageOf>["relays"] =>
  Array.from({ length: count }, (_, at) => ({ relay: `r${at}`, class: "bulk", packets: 1, bytes: 1, claimed: 1 }));

/** A book that was told of all hours at once. */
function bookOf(...told: Parameters<typeof usageOf>[0][]): UsageBook {
  const book = new UsageBook();
  book.handleHours(HOUR - 100, HOUR + 1, told.map(usageOf), HOUR);
  return book;
}

test("a row has a relay and a class, and another one what is not named", () => {
  const book = bookOf({ missing: 1, rest: { relays: 3, packets: 5, bytes: 70 } });
  const about = { hour: timeOf(HOUR), organization: "acme", partition: "north", observer: "o1", receipts: 12 };
  const all = { ...about, record: `acme-${HOUR}-o1`, missing: 1, isCounted: true };
  expect(book.rows).toEqual([
    { ...all, relay: "r1", class: "bulk", packets: 12, bytes: 3_000, claimed: 3_456 },
    { ...all, relay: null, class: null, packets: 5, bytes: 70, claimed: null },
  ]);
});

test("usage without relays is a row of its own: what is known is that nothing was carried", () => {
  expect(bookOf({ relays: [] }).rows).toMatchObject([{ relay: null, packets: 0, bytes: 0 }]);
});

test.each([
  ["with most receipts", [{ observer: "o1" }, { observer: "o2", receipts: 13 }], ["o2"]],
  ["first by name of those with as many", [{ observer: "o2" }, { observer: "o1" }], ["o1"]],
  ["of each partition", [{ observer: "o1" }, { observer: "o2", partition: "south" }], ["o1", "o2"]],
  ["of each organization", [{ organization: null }, { organization: "acme", observer: "o2" }], ["o1", "o2"]],
  ["of each hour", [{ observer: "o1" }, { observer: "o2", hour: HOUR - 1 }], ["o2", "o1"]],
])("the observer counts that is the one %s", (_, told, counted) => {
  const { rows } = bookOf(...told);
  expect(rows).toHaveLength(2);
  expect(rows.filter(({ isCounted }) => isCounted).map(({ observer }) => observer)).toEqual(counted);
});

test("hours that are told anew stand as they are told, others as they were", () => {
  const book = bookOf({ hour: HOUR - 8 }, { hour: HOUR - 2 }, { hour: HOUR });
  const { rows } = book;
  book.handleHours(HOUR - 6, HOUR + 1, [usageOf({ hour: HOUR - 2 }), usageOf()], HOUR);
  expect(book.rows).toBe(rows);
  book.handleHours(HOUR - 6, HOUR + 1, [usageOf({ receipts: 99 })], HOUR);
  expect(book.rows.map(({ hour, receipts }) => [hour, receipts])).toEqual([
    [timeOf(HOUR - 8), 12],
    [timeOf(HOUR), 99],
  ]);
  expect([book.newest, book.since]).toEqual([HOUR, HOUR - 100]);
});

test("hours are kept for 31 days, and such that are ahead of the clock not at all", () => {
  const book = new UsageBook();
  const hours = [HOUR - USAGE_HOURS, HOUR - USAGE_HOURS + 1, HOUR + 1, HOUR + 2, 70_000_000];
  book.handleHours(
    0,
    Infinity,
    hours.map((hour) => usageOf({ hour })),
    HOUR,
  );
  expect(book.rows.map(({ hour }) => hour)).toEqual([timeOf(HOUR - USAGE_HOURS + 1), timeOf(HOUR + 1)]);
  expect(book.since).toBe(HOUR - USAGE_HOURS + 1);
  book.handleHours(HOUR + 24, HOUR + 24, [], HOUR + 24);
  expect(book.rows.map(({ hour }) => hour)).toEqual([timeOf(HOUR + 1)]);
});

test("where there are too many rows, the oldest hours go as a whole, and the book says since when it knows all", () => {
  const book = new UsageBook();
  const half = relaysOf(USAGE_ROWS_MAX / 2);
  book.handleHours(
    HOUR - 3,
    HOUR,
    [HOUR - 2, HOUR - 1, HOUR].map((hour) => usageOf({ hour, relays: half })),
    HOUR,
  );
  expect([book.rows.length, book.rows[0]!.hour, book.since]).toEqual([USAGE_ROWS_MAX, timeOf(HOUR - 1), HOUR - 1]);
  // An hour that alone has more is nothing that can be summed up.
  book.handleHours(HOUR, HOUR, [usageOf({ relays: relaysOf(USAGE_ROWS_MAX + 1) })], HOUR);
  expect([book.rows.length, book.since]).toEqual([0, HOUR + 1]);
});

test("rows stand in the order of their keys, each once, whatever is told", () => {
  const name = fc.constantFrom("a", "b", "~", "", "<b>", "=1", "a b", "ü");
  const relay = fc.record({
    relay: name,
    class: name,
    packets: fc.nat(),
    bytes: fc.maxSafeNat(),
    claimed: fc.maxSafeNat(),
  });
  const usage = fc.record({
    organization: fc.option(name),
    hour: fc.integer({ min: HOUR - 3, max: HOUR }),
    observer: name,
    partition: name,
    record: name,
    receipts: fc.nat(),
    missing: fc.nat(),
    relays: fc.array(relay, { maxLength: 4 }),
    rest: fc.record({ relays: fc.nat(1), packets: fc.nat(1), bytes: fc.nat(1) }),
  });
  fc.assert(
    fc.property(fc.array(usage, { maxLength: 12 }), (told) => {
      const book = new UsageBook();
      book.handleHours(HOUR - 3, HOUR, told, HOUR);
      const keys = book.rows.map(usageKey);
      expect(keys).toEqual([...new Set(keys)].toSorted((a, b) => (a < b ? -1 : 1)));
      const counted = book.rows.filter(({ isCounted }) => isCounted);
      const observers = Map.groupBy(counted, ({ hour, organization, partition }) =>
        JSON.stringify([hour, organization, partition]),
      );
      for (const rows of observers.values()) expect(new Set(rows.map(({ observer }) => observer)).size).toBe(1);
    }),
  );
});
