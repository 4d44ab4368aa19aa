import { expect, test } from "vitest";
import { logPage } from "../../src/console/log-page.ts";
import type { EntriesResource } from "../../src/fabric/resources.ts";
import { entriesOf } from "../api/a-log.ts";

const told = "told by the agent of c";

function draw(size: number, from: number, to: number, rest: Partial<EntriesResource> = {}, below?: number): string {
  const items = entriesOf(size)
    .filter(({ index }) => index >= from && index <= to)
    .toReversed();
  const page = { log: "main", size, head: "", isWhole: true, items, gaps: [], breaks: [], next: null, ...rest };
  return logPage({ cluster: "demo", page, limit: 3, below, told });
}

const places = (text: string): readonly string[] =>
  [...text.matchAll(/<th scope="row">(?:<a [^>]+>)?([^<]+)</g)].map(([, place]) => place!);
const linkIn = (page: string, text: string): string | undefined =>
  new RegExp(`<a href="([^"]+)">${text}</a>`).exec(page)?.[1];

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

test("links lead to older and newer entries, and to none beyond the ends", () => {
  const first = draw(9, 7, 9, { next: "x y" });
  expect([linkIn(first, "newer"), linkIn(first, "older")]).toEqual([undefined, "log?after=x%20y"]);
  const third = draw(9, 1, 3, {}, 4);
  expect([linkIn(third, "newer"), linkIn(third, "older")]).toEqual(["log?below=7", undefined]);
  expect(linkIn(draw(9, 4, 6, {}, 7), "newer")).toBe("log");
});
