import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EntryPage, type EntryPageOptions } from "../../src/api/entry-page.ts";
import { ApiError } from "../../src/api/exchange.ts";
import { ENTRIES_AT_ONCE, ENTRIES_SIZE_MAX, ENTRY_ASKS_MAX } from "../../src/api/limits.ts";
import { readLogCursor } from "../../src/api/log-cursor.ts";
import type { EntriesResource, EntryResource } from "../../src/fabric/resources.ts";
import type { ToldEntries } from "../../src/fabric/told-log.ts";
import { entriesOf, tellEntries } from "./a-log.ts";

interface Asked extends Partial<Omit<EntryPageOptions, "cursor">> {
  readonly after?: string | null;
}

/** A page of a log, and how often the agent was asked for it. */
function gather(
  entries: readonly EntryResource[],
  { after = null, limit = 100, below, isWanted = () => true }: Asked = {},
  rest: Partial<ToldEntries> = {},
  octets = 1_000,
): EntriesResource & { readonly asks: number } {
  const page = new EntryPage({ limit, below, cursor: after === null ? undefined : readLogCursor(after), isWanted });
  let asks = 0;
  for (let ask = page.pollAsk(); ask !== undefined; ask = page.pollAsk()) {
    asks++;
    page.handleAnswer(tellEntries(entries, ask, rest), octets);
  }
  return { ...page.page, asks };
}

const indices = ({ items }: EntriesResource): readonly number[] => items.map(({ index }) => index);

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

test("pages have each entry once, the newest first, and tell each gap, whatever is missing and however long they are", () => {
  const log = fc.record({
    size: fc.integer({ min: 1, max: 300 }),
    gone: fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }),
    limit: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(log, ({ size, gone, limit }) => {
      const missing = new Set(gone.filter((index) => index < size));
      const entries = entriesOf(size).filter(({ index }) => !missing.has(index));
      const told: number[] = [];
      const gaps: number[] = [];
      let after: string | null = null;
      do {
        const page: EntriesResource = gather(entries, { after, limit });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        expect(page.breaks).toEqual([]);
        told.push(...indices(page));
        for (const { from, to } of page.gaps) for (let index = to; index >= from; index--) gaps.push(index);
        after = page.next;
      } while (after !== null);
      expect(told).toEqual(entries.map(({ index }) => index).toReversed());
      expect(gaps).toEqual([...missing].toSorted((a, b) => b - a));
    }),
    { examples: [[{ size: 129, gone: [1, 2, 64, 65, 128], limit: 1 }]] },
  );
});

test("a page begins below an index that is asked for", () => {
  expect(indices(gather(entriesOf(9), { below: 4 }))).toEqual([3, 2, 1]);
  expect(indices(gather(entriesOf(9), { below: 400, limit: 2 }))).toEqual([9, 8]);
  expect(gather(entriesOf(9), { below: 1 })).toMatchObject({ items: [], next: null });
  expect(gather([])).toMatchObject({ size: 0, items: [], gaps: [], next: null });
});

test("a filter that nothing passes ends after so many entries, and the next page goes on", () => {
  const entries = entriesOf(1_000);
  const first = gather(entries, { isWanted: ({ index }) => index === 1 });
  expect(first).toMatchObject({ items: [], asks: ENTRY_ASKS_MAX });
  expect(readLogCursor(first.next!)).toMatchObject({
    size: 1_000,
    index: 1_000 - ENTRY_ASKS_MAX * ENTRIES_AT_ONCE + 1,
  });
  const second = gather(entries, { after: first.next, isWanted: ({ index }) => index === 1 });
  expect([indices(second), second.next]).toEqual([[1], null]);
});

test("a page asks for no more once its answers are large", () => {
  expect(gather(entriesOf(1_000), { limit: 500 }, {}, ENTRIES_SIZE_MAX).asks).toBe(1);
});

test("only what is before the checkpoint may have been removed", () => {
  const entries = entriesOf(20).filter(({ index }) => index !== 5 && index !== 15);
  expect(gather(entries, {}, { checkpoint: { index: 10, hash: "" } }).gaps).toEqual([
    { from: 15, to: 15, mayBeRemoved: false },
    { from: 5, to: 5, mayBeRemoved: true },
  ]);
  expect(gather(entries).gaps.map(({ mayBeRemoved }) => mayBeRemoved)).toEqual([null, null]);
});

test("an entry that does not name the hash of the one before is a break", () => {
  const other = entriesOf(9, "other");
  const entries = entriesOf(9).map((entry) => (entry.index === 4 ? other[3]! : entry));
  expect(gather(entries).breaks).toEqual([5, 4]);
});

test("a log that was rewritten is a break at its head, and at the checkpoint", () => {
  const [mine, other] = [entriesOf(9), entriesOf(9, "other")];
  const copy = { size: 9, head: mine[8]!.hash, isWhole: true };
  expect(gather(other, {}, { copy }).breaks).toEqual([10]);
  expect(gather(other, { below: 10 }, { copy }).breaks).toEqual([10]);
  expect(gather(mine, {}, { copy }).breaks).toEqual([]);
  const checkpoint = { index: 5, hash: mine[4]!.hash };
  expect(gather(other, {}, { checkpoint }).breaks).toEqual([6]);
  expect(gather(other, { below: 7 }, { checkpoint }).breaks).toEqual([6]);
  expect(gather(mine, {}, { checkpoint }).breaks).toEqual([]);
  // Told once, whatever shows it.
  const changed = mine.map((each) => (each.index === 5 ? { ...other[4]!, prior: each.prior } : each));
  expect(gather(changed, {}, { checkpoint }).breaks).toEqual([6]);
});

test("entries of other records than were asked for are held in the chain, and are no items", () => {
  const entries = entriesOf(9).map(({ index, prior, hash, record }) =>
    index % 2 === 0 ? { index, prior, hash } : { index, prior, hash, record },
  );
  const told = tellEntries(entriesOf(9), {});
  const page = gather(entriesOf(9), {}, { ...told, entries: entries.toReversed() });
  expect([indices(page), page.gaps, page.breaks]).toEqual([[9, 7, 5, 3, 1], [], []]);
});

test("an agent that goes over to another log in the middle of a page is told as silent", () => {
  const page = new EntryPage({ limit: 100, below: undefined, cursor: undefined, isWanted: () => true });
  page.handleAnswer(tellEntries(entriesOf(200), page.pollAsk()!), 1);
  const next = tellEntries(entriesOf(200), page.pollAsk()!, { log: "other" });
  expect(codeOf(() => page.handleAnswer(next, 1))).toBe("ERR_CONTROL_AGENT_SILENT");
});

test("another replica goes on, whose log has grown, and refuses where it is behind, or has another log", () => {
  const { next } = gather(entriesOf(9), { limit: 3 });
  expect(indices(gather(entriesOf(12), { after: next, limit: 3 }))).toEqual([6, 5, 4]);
  expect(codeOf(() => gather(entriesOf(8), { after: next }))).toBe("ERR_CONTROL_LOG_BEHIND");
  expect(codeOf(() => gather(entriesOf(9, "other"), { after: next }))).toBe("ERR_CONTROL_LOG_OTHER");
  expect(codeOf(() => gather(entriesOf(9), { after: next }, { log: "other" }))).toBe("ERR_CONTROL_CURSOR");
  expect(codeOf(() => gather(entriesOf(9), { after: next }, { copy: null }))).toBe("ERR_CONTROL_LOG_NONE");
  // The page ends in a gap: what is before it is held against nothing.
  const gapped = gather(
    entriesOf(100).filter(({ index }) => index > 40),
    { limit: 60 },
  );
  expect(gapped.next).not.toBe(null);
  const behind = gather(
    entriesOf(700).filter(({ index }) => index === 700),
    {},
  );
  expect(readLogCursor(behind.next!).prior).toBe(undefined);
  expect(gather(entriesOf(700, "other"), { after: behind.next, limit: 1 }).items).toHaveLength(1);
});

const [entry] = entriesOf(1) as [EntryResource];
test.each<[string, Partial<ToldEntries>]>([
  ["that have not been asked for", { entries: [{ ...entry, index: 10 }] }],
  ["below the place that it says", { from: 5, entries: [{ ...entry, index: 4 }] }],
  [
    "twice",
    {
      entries: [
        { ...entry, index: 3 },
        { ...entry, index: 3 },
      ],
    },
  ],
  [
    "in the wrong order",
    {
      entries: [
        { ...entry, index: 3 },
        { ...entry, index: 4 },
      ],
    },
  ],
  ["of no place", { from: 10, entries: [] }],
])("an agent that tells entries %s is told as silent", (_, told) => {
  expect(codeOf(() => gather(entriesOf(9), {}, told))).toBe("ERR_CONTROL_AGENT_SILENT");
});

test("an agent that goes far below what was asked for does not make the page walk there", () => {
  const entries = entriesOf(1_000);
  expect(codeOf(() => gather(entries, {}, { from: 1 }))).toBe("ERR_CONTROL_AGENT_SILENT");
});

test("a cursor that no page has given is refused, whatever it is", () => {
  const { next } = gather(entriesOf(9), { limit: 3 });
  expect(readLogCursor(next!)).toMatchObject({ log: "main", size: 9, index: 7 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => Buffer.from(text).toString("base64url")),
      ),
      (text) => {
        expect(codeOf(() => readLogCursor(text))).toBe("ERR_CONTROL_CURSOR");
      },
    ),
    {
      examples: [
        ...["main 1 2 ", "main 9007199254740993 1 ", "main 0 0 ", "main 2 1", "main 2 1 ff", "MAIN 2 1 "].map(
          (text) => [Buffer.from(text).toString("base64url")] as [string],
        ),
        [`${next}=`],
      ],
    },
  );
});
