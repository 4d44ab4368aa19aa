import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isSure, mergeEntries } from "../../src/client/merged-entry.ts";
import { type HeldEntry, majorityOf } from "../../src/index.ts";

const entries = fc
  .record({
    name: fc.constant("x"),
    turn: fc.integer({ min: 1, max: 4 }),
    isGone: fc.boolean(),
    shards: fc.constant([]),
    note: fc.constantFrom("YQ==", "Yg=="),
    written: fc.integer({ min: 0, max: 5 }),
    by: fc.constantFrom("user/alice", "user/bob"),
  })
  .map(({ note, ...entry }): HeldEntry => (entry.isGone ? entry : { ...entry, note }));
const reports = fc
  .integer({ min: 1, max: 7 })
  .chain((holders) =>
    fc.record({ holders: fc.constant(holders), entries: fc.array(fc.option(entries), { maxLength: holders }) }),
  );

test("in whatever order holders answer, one and the same entry comes of it", () => {
  fc.assert(
    fc.property(
      reports.chain(({ holders, entries }) =>
        fc.record({
          holders: fc.constant(holders),
          entries: fc.constant(entries),
          shuffled: fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
        }),
      ),
      ({ holders, entries, shuffled }) => {
        expect(mergeEntries({ holders, entries: shuffled })).toEqual(mergeEntries({ holders, entries }));
      },
    ),
  );
});

test("an entry that a majority has taken is found by any majority, unless there is a newer one", () => {
  fc.assert(
    fc.property(reports, entries, fc.integer({ min: 0 }), (said, acknowledged, at) => {
      const { holders } = said;
      const majority = majorityOf(holders);
      const all: (HeldEntry | null)[] = Array.from({ length: holders }, (_, index) => said.entries[index] ?? null);
      for (let taken = 0; taken < majority; taken++) all[(at + taken) % holders] = acknowledged;
      for (let from = 0; from < holders; from++) {
        const answered = [...all, ...all].slice(from, from + majority);
        const found = mergeEntries({ holders, entries: answered })!;
        expect(found.turn).toBeGreaterThanOrEqual(acknowledged.turn);
      }
    }),
  );
});

test("fewer holders than it takes for a majority with those that are silent show nothing and hide nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 9 }), entries, entries, (holders, honest, lie) => {
      const liars = holders - majorityOf(holders);
      const said = Array.from({ length: holders }, (_, at) => (at < liars ? { ...lie, turn: lie.turn + 10 } : honest));
      expect(mergeEntries({ holders, entries: said })).toEqual(honest);
      const ghosts = said.map((entry, at) => (at < liars ? entry : null));
      expect(mergeEntries({ holders, entries: ghosts })).toBeUndefined();
    }),
  );
});

test("once it is sure, nothing that silent holders tell makes it another entry", () => {
  fc.assert(
    fc.property(
      reports,
      fc.array(fc.option(entries), { minLength: 7, maxLength: 7 }),
      ({ holders, entries: said }, rest) => {
        fc.pre(said.length >= majorityOf(holders) && isSure({ holders, entries: said }));
        const strip = (entry: HeldEntry): object => ({ ...entry, written: 0, by: "" });
        const [before, after] = [said, [...said, ...rest].slice(0, holders)].map((all) =>
          mergeEntries({ holders, entries: all }),
        );
        expect(after && strip(after)).toEqual(before && strip(before));
      },
    ),
  );
});

const live = { name: "x", turn: 1, isGone: false, shards: [], written: 5, by: "user/alice" };
const gone = { ...live, isGone: true };
const other = { ...live, note: "YQ==" };
test.each([
  ["a removal before another entry of its turn", [gone, live], 3, gone],
  ["a higher turn before a removal", [gone, { ...live, turn: 2 }, { ...live, turn: 2 }], 3, { ...live, turn: 2 }],
  ["the entry of more holders, at one turn", [other, live, live], 3, live],
  ["an entry of one holder, where the other two are silent", [live], 3, live],
  ["no entry of one holder, where the others have none", [live, null, null], 3, undefined],
  [
    "a removal that newer entries stand for, too",
    [{ ...live, turn: 3 }, { ...gone, turn: 2 }, { ...gone, turn: 2 }, live, live],
    5,
    { ...gone, turn: 2 },
  ],
  ["the time in the middle", [{ ...live, written: 2 ** 50 }, live, { ...live, written: 4 }], 3, live],
] as const)("merged is %s", (_, said, holders, merged) => {
  expect(mergeEntries({ entries: said, holders })).toEqual(merged);
});

test.each([
  ["an entry that a majority has", [live, live, live, null], 5, true],
  ["no entry that a majority could have", [live, null, null, null], 5, true],
  ["an entry that a majority has only with those that are silent", [{ ...gone, turn: 900 }, live], 3, false],
  ["whatever all have told", [gone, live, null], 3, true],
] as const)("%s is sure or not", (_, said, holders, is) => {
  expect(isSure({ entries: said, holders })).toBe(is);
});
