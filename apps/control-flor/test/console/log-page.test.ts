import { expect, test } from "vitest";
import { logPage } from "../../src/console/log-page.ts";
import { readTrail } from "../../src/console/page-links.ts";
import type { EntriesResource } from "../../src/fabric/resources.ts";
import { entriesOf } from "../api/a-log.ts";

const told = "told by the agent of c";

interface Place {
  readonly below?: number;
  readonly trail?: readonly number[];
  readonly query?: string;
}

function draw(
  size: number,
  from: number,
  to: number,
  rest: Partial<EntriesResource> = {},
  { below, trail = [], query = "" }: Place = {},
): string {
  const items = entriesOf(size)
    .filter(({ index }) => index >= from && index <= to)
    .toReversed();
  const page = { log: "main", size, head: "", isWhole: true, items, gaps: [], breaks: [], next: null, ...rest };
  return logPage({ cluster: "demo", page, below, trail, kept: new URLSearchParams(query), told });
}

const places = (text: string): readonly string[] =>
  [...text.matchAll(/<th scope="row">(?:<a [^>]+>)?([^<]+)</g)].map(([, place]) => place!);
const linkIn = (page: string, text: string): string | undefined =>
  new RegExp(`<a href="([^"]+)">${text}</a>`).exec(page)?.[1]?.replaceAll("&amp;", "&");

test("entries stand with their words and links, and each gap in its place", () => {
  const gaps = [
    { from: 7, to: 8, mayBeRemoved: false },
    { from: 4, to: 4, mayBeRemoved: true },
    { from: 2, to: 2, mayBeRemoved: null },
  ];
  const page = draw(9, 1, 9, {
    items: entriesOf(9)
      .filter(({ index }) => ![2, 4, 7, 8].includes(index))
      .toReversed(),
    gaps,
  });
  expect(places(page)).toEqual(["9", "8 to 7", "6", "5", "4", "3", "2", "1"]);
  expect(page).toContain('<a href="v1/log/entries/9">9</a>');
  expect(page).toContain("service s9");
  expect(page).toMatch(/MISSING<[^]+somebody has removed them[^]+may have been removed[^]+NOT KNOWN<[^]+no checkpoint/);
});

test("an entry that does not fit the one before is told above all", () => {
  expect(draw(9, 1, 9, { breaks: [5] })).toContain("CHANGED: entry 4 has another hash");
  expect(draw(9, 1, 9, { isWhole: false })).toContain("NOT WHOLE");
  const [entry] = entriesOf(1, "main", () => null);
  expect(draw(1, 1, 1, { items: [entry!] })).toContain("NO RECORD");
});

test("links lead to older entries and back by the way that one has come, with the filters", () => {
  const query = "kind=service&limit=3";
  const first = draw(9, 7, 9, { next: "x" }, { query });
  expect([linkIn(first, "newest"), linkIn(first, "newer"), linkIn(first, "older")]).toEqual([
    `log?${query}`,
    undefined,
    `log?${query}&after=x&back=0`,
  ]);
  const third = draw(9, 1, 2, {}, { below: 3, trail: [0, 7], query });
  expect([linkIn(third, "newer"), linkIn(third, "older")]).toEqual([`log?${query}&below=7&back=0`, undefined]);
  expect(linkIn(draw(9, 4, 6, {}, { below: 7, trail: [0], query }), "newer")).toBe(`log?${query}`);
  expect(linkIn(draw(9, 4, 6, {}, { below: 7 }), "newer")).toBe(undefined);
  const long = Array.from({ length: 32 }, (_, at) => 900 - at);
  expect(linkIn(draw(9, 1, 3, { next: "x" }, { below: 4, trail: long }), "older")).toBe(
    `log?after=x&back=${[...long.slice(1), 4].join(".")}`,
  );
});

test.each(["", "x", "1.", "1,2", "0".repeat(17), Array.from({ length: 33 }, () => "1").join(".")])(
  "%j is no way back",
  (text) => {
    expect(() => readTrail(text)).toThrow(expect.objectContaining({ code: "ERR_CONTROL_QUERY" }));
  },
);
