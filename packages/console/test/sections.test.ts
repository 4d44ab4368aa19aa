import { expect, test } from "vitest";
import { MAP_SHAPES_MAX, TABLE_ROWS_MAX, TREND_ROWS_MAX } from "../src/limits.ts";
import { markup } from "../src/markup.ts";
import type { ConsolePicture, MapNode } from "../src/picture.ts";
import { sectionIds, SectionWriter } from "../src/sections.ts";

const EMPTY: ConsolePicture = {
  isWhole: true,
  verdict: ["whole"],
  map: { nodes: [], links: [] },
  tables: [],
  isGoodState: (state) => state === "up",
};

function write(picture: Partial<ConsolePicture>): Record<string, string> {
  const sections = new SectionWriter().write({ ...EMPTY, ...picture });
  return Object.fromEntries([...sections].map(([id, { text }]) => [id, text]));
}

function nodes(count: number, rest: Partial<MapNode> = {}): readonly MapNode[] {
  return Array.from({ length: count }, (_, at) => ({ name: `n${at}`, state: "up", ...rest }));
}

test("a picture has a section for its verdict, its map and each table", () => {
  const table = { title: "t", header: ["A"], rows: [] };
  expect(Object.keys(write({ tables: [table, table] }))).toEqual(sectionIds(2));
});

test("markup escapes what ends a text or a value", () => {
  expect(markup`<p title="${`"'<&>`}">${7}${[markup`<b>`, markup`</b>`]}</p>`.text).toBe(
    '<p title="&quot;&#39;&lt;&amp;&gt;">7<b></b></p>',
  );
});

test("names of nodes, states and cells are text, whatever they hold", () => {
  const evil = "<img src=x onerror='alert(1)'>\"";
  const page = Object.values(
    write({
      verdict: [evil, evil],
      map: { nodes: [{ name: evil, state: evil }], links: [{ name: evil, between: [evil, evil], state: evil }] },
      tables: [{ title: evil, header: [evil, "STATE"], rows: [[evil, evil]] }],
    }),
  ).join("");
  expect(page).not.toContain("<img");
});

test("a table has its note above itself, as text, and none where it has no rows", () => {
  const table = { title: "t", header: ["A"], note: "<b>" };
  expect(write({ tables: [{ ...table, rows: [["x"]] }] })["table-0"]).toContain("<p>&lt;b&gt;</p><div");
  expect(write({ tables: [{ ...table, rows: [] }] })["table-0"]).toBe("");
});

test("a node stays in its place while only its state is another", () => {
  const writer = new SectionWriter();
  const map = { nodes: nodes(5), links: [{ name: "l", between: ["n0", "n1"] as const, state: "up" }] };
  const places = (nodes: readonly MapNode[]): readonly string[] =>
    [
      ...writer
        .write({ ...EMPTY, map: { ...map, nodes } })
        .get("map")!
        .text.matchAll(/<circle[^>]+>/g),
    ].map(String);
  const before = places(map.nodes);
  expect(places(map.nodes.map((node) => ({ ...node, state: "down" })))).toEqual(before);
});

test("a map of too many nodes shows their groups, each as its worst node, and the links between them once", () => {
  const [here, there] = [nodes(400, { group: "here" }), nodes(200, { group: "there" })];
  const others = there.map(({ name, ...rest }, at) => ({ ...rest, name: `t${name}`, state: at === 7 ? "down" : "up" }));
  const link = { name: "l", state: "up" };
  const links = [
    { ...link, between: ["n0", "tn1"] as const },
    { ...link, between: ["tn2", "n3"] as const, state: "down" },
    { ...link, between: ["n1", "n2"] as const },
  ];
  const { map } = write({ map: { nodes: [...here, ...others], links } });
  expect(map).toContain("600 nodes and 3 links");
  expect(map!.match(/<circle/g)).toHaveLength(2);
  expect(map).toContain("here: 400 nodes: up");
  expect(map).toContain("there: 200 nodes: down");
  expect(map!.match(/<line class="bad"/g)).toHaveLength(1);
});

test.each([
  ["up", "down", "up"],
  ["down", "up", "up"],
  ["up", "up", "down"],
])("links between two groups are one, which is as the worst of them: %s, %s, %s", (...states) => {
  const all = nodes(MAP_SHAPES_MAX + 1).map((node, at) => ({ ...node, group: at === 0 ? "here" : "there" }));
  const links = states.map((state, at) => ({ name: "l", state, between: ["n0", `n${at + 1}`] as const }));
  const { map } = write({ map: { nodes: all, links } });
  expect(map!.match(/<line[^]*?<\/line>/g)).toEqual([
    expect.stringMatching(/^<line class="bad".*<title>here – there: down</),
  ]);
});

test("a map of too many nodes without groups, or of too many groups, is a sentence", () => {
  expect(write({ map: { nodes: nodes(MAP_SHAPES_MAX + 1), links: [] } })["map"]).toContain(
    "501 nodes and 0 links are too many",
  );
  const grouped = nodes(MAP_SHAPES_MAX + 1).map((node) => ({ ...node, group: node.name }));
  expect(write({ map: { nodes: grouped, links: [] } })["map"]).toContain("too many for a map");
});

test("a long table shows what is not well first, and says how many rows are left", () => {
  const rows = Array.from({ length: TABLE_ROWS_MAX + 20 }, (_, at) => [`n${at}`, at >= TABLE_ROWS_MAX ? "down" : "up"]);
  const table = write({ tables: [{ title: "nodes", header: ["NODE", "STATE"], rows }] })["table-0"]!;
  expect(table.match(/<td class="bad">/g)).toHaveLength(20);
  expect(table.match(/<td class="good">/g)).toHaveLength(TABLE_ROWS_MAX - 20);
  expect(table).toContain("<p>20 more rows are not shown.</p>");
});

test("of many findings the first are shown, and the others counted", () => {
  const verdict = ["NOT WHOLE", ...Array.from({ length: 60 }, (_, at) => `finding ${at}`)];
  const { verdict: text } = write({ isWhole: false, verdict });
  expect(text!.match(/<li>/g)).toHaveLength(51);
  expect(text).toContain("<li>and 10 more, which the tables show</li>");
});

const trend = { text: "7/s", values: [null, 0, 4, null, 8], label: "from 0/s to 8/s" };

test("a figure has a line of its last values, which is broken where none is known, and says in words what is drawn", () => {
  const table = { title: "t", header: ["A", "B"], rows: [["a", trend]] };
  expect(write({ tables: [table] })["table-0"]).toContain(
    '<td><svg class="trend" role="img" aria-label="from 0/s to 8/s" viewBox="0 0 8 20">' +
      '<polyline points="2,19 4,10"/><polyline points="8,1 8,1"/></svg> 7/s</td>',
  );
});

test.each([
  [[], "0 0 2 20"],
  [[null], "0 0 2 20"],
  [[0], '<polyline points="0,19 0,19"/>'],
  [[1e300, 5e-324], '<polyline points="0,1 2,19"/>'],
])("a line of %j can be drawn", (values, expected) => {
  const table = { title: "t", header: ["A", "B"], rows: [["a", { ...trend, values }]] };
  expect(write({ tables: [table] })["table-0"]).toContain(expected);
});

test("a long table has figures without lines, and those of a label are text", () => {
  const evil = { ...trend, text: "<b>", label: '"><script>' };
  const rows = (count: number): (string | typeof trend)[][] => Array.from({ length: count }, () => ["a", evil]);
  const table = { title: "t", header: ["A", "B"] };
  const short = write({ tables: [{ ...table, rows: rows(TREND_ROWS_MAX) }] })["table-0"]!;
  expect(short.match(/<svg/g)).toHaveLength(TREND_ROWS_MAX);
  expect(short).not.toMatch(/<script|<b>/);
  const long = write({ tables: [{ ...table, rows: rows(TREND_ROWS_MAX + 1) }] })["table-0"]!;
  expect(long).not.toMatch(/<svg|<b>/);
  expect(long.match(/&lt;b&gt;/g)).toHaveLength(TREND_ROWS_MAX + 1);
});
