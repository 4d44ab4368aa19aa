import { expect, test } from "vitest";
import { tablePageOf } from "../src/table-page.ts";

const EMPTY = { cluster: "demo", title: "t", lines: [], header: ["A", "B"], rows: [], links: [] };
const EVIL = "<img src=x onerror='alert(1)'>\"";

test.each([
  [0, 7, 0],
  [7, 7, 118],
  [9, 7, 118],
  [1, 2, 59],
  [0, 0, 118],
  [Number.MAX_SAFE_INTEGER, 1, 118],
  [1, Number.MAX_SAFE_INTEGER, 0],
])("a bar of %d in %d is %d wide", (used, most, width) => {
  const page = tablePageOf({ ...EMPTY, rows: [["a", { text: "words", used, most }]] });
  expect(page).toContain(`<rect class="used" x="1" y="1" width="${width}" height="10"/></svg> words</td>`);
});

test("a cell may have a line of figures, and a link", () => {
  const trend = { text: "now", values: [0, 1], label: "from 0 to 1" };
  const page = tablePageOf({ ...EMPTY, rows: [[{ text: "a", href: "b?c=1&d=2" }, trend]] });
  expect(page).toContain('<th scope="row"><a href="b?c=1&amp;d=2">a</a></th>');
  expect(page).toMatch(/<svg class="trend" role="img" aria-label="from 0 to 1"[^]*<polyline[^]*<\/svg> now<\/td>/);
});

test("further tables stand below the first one, each with its title, and one without rows is not there", () => {
  const table = (title: string): { title: string; header: string[]; rows: string[][] } => {
    return { title, header: ["A"], rows: [[`row of ${title}`]] };
  };
  const page = tablePageOf({
    ...EMPTY,
    ...table("first"),
    further: [table("second"), { ...table("third"), rows: [] }],
  });
  expect(page.indexOf("row of first")).toBeLessThan(page.indexOf("<h2>second</h2>"));
  expect(page).toContain('role="region" aria-label="second"');
  expect(page).not.toContain("row of third");
});

test("titles, sentences and cells are text, whatever they hold", () => {
  const table = {
    title: EVIL,
    header: [EVIL, EVIL, EVIL],
    rows: [[EVIL, { text: EVIL, used: 1, most: 2 }, { text: EVIL, values: [1], label: EVIL }]],
  };
  const page = tablePageOf({
    ...EMPTY,
    ...table,
    cluster: EVIL,
    lines: [EVIL],
    links: [{ text: EVIL, href: EVIL }],
    further: [table],
  });
  expect(page).not.toContain("<img");
});
