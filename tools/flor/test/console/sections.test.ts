import { parseMeshObject } from "@florenetes/mesh-file";
import { expect, test } from "vitest";
import { MAP_SHAPES_MAX } from "../../src/console/limits.ts";
import { layOut } from "../../src/console/map-layout.ts";
import { markup } from "../../src/console/markup.ts";
import { SECTION_IDS, SectionWriter } from "../../src/console/sections.ts";
import { drawPicture } from "../../src/mesh-status/mesh-picture.ts";
import { silentNode } from "../../src/mesh-status/node-answer.ts";
import type { NodeAnswer } from "../../src/mesh-status/node-facts.ts";
import { answersWith, EXPECTED } from "../mesh-status-fixture.ts";

const write = (answers: ReadonlyMap<string, NodeAnswer>): Record<string, string> => {
  const sections = new SectionWriter(EXPECTED.mesh).write(drawPicture(EXPECTED, answers));
  return Object.fromEntries([...sections].map(([id, { text }]) => [id, text]));
};

test("a mesh has all sections, and those of what it does not have are empty", () => {
  const sections = write(answersWith());
  expect(Object.keys(sections)).toEqual(SECTION_IDS);
  expect(sections["verdict"]).toContain('<p class="good">whole: cluster demo, 4 nodes');
  expect(sections["map"]!.match(/<g class="good">/g)).toHaveLength(4);
  expect(sections["table-0"]).toContain('<th scope="row">a</th><td class="good">whole</td>');
  // A column in which nothing stands is left out.
  expect(sections["table-0"]).not.toContain("REASON");
  expect(sections["table-4"]).toBe("");
});

test("what is bad has a class, a word in capitals and a mark on the map", () => {
  const sections = write(answersWith({ c: silentNode("no route") }));
  expect(sections["verdict"]).toMatch(/<p class="bad">NOT WHOLE: .*node c: no answer \(no route\)/);
  expect(sections["map"]).toMatch(/<g class="bad"><title>c: silent<\/title>.*?>!<\/text>/);
  expect(sections["table-0"]).toContain('<th scope="row">c</th><td class="bad">SILENT</td>');
});

test.each(["<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "&lt;b&gt;"])(
  "what a node tells is text, and no markup: %s",
  (text) => {
    const page = Object.values(write(answersWith({ c: silentNode(text) }))).join("");
    expect(page).not.toContain(text);
    expect(page).toContain(markup`${text}`.text);
    expect(page).not.toMatch(/<script|<img|<b>/);
  },
);

test("markup escapes what ends a text or a value", () => {
  expect(markup`<p title="${`"'<&>`}">${7}${[markup`<b>`, markup`</b>`]}</p>`.text).toBe(
    '<p title="&quot;&#39;&lt;&amp;&gt;">7<b></b></p>',
  );
});

test("a mesh that is too large for a map has its tables, and of many findings the first", () => {
  const names = Array.from({ length: MAP_SHAPES_MAX + 1 }, (_, index) => `n${index}`);
  const { mesh } = parseMeshObject({
    cluster: "demo",
    nodes: Object.fromEntries(names.map((name) => [name, {}])),
    links: [],
  });
  const expected = { ...EXPECTED, mesh };
  const sections = new SectionWriter(mesh).write(drawPicture(expected, new Map()));
  expect(sections.get("map")!.text).toContain("501 nodes and 0 links are too many for a map");
  expect(sections.get("verdict")!.text).toContain("<li>and 450 more, which the tables show</li>");
  expect(sections.get("table-0")!.text.match(/<tr>/g)).toHaveLength(MAP_SHAPES_MAX + 2);
});

test.each<[string, number, (readonly [number, number])[]]>([
  ["nothing", 0, []],
  ["one node", 1, []],
  ["nodes without links", 5, []],
  ["a link beside nodes", 4, [[0, 1]]],
  [
    "two links between the same nodes",
    2,
    [
      [0, 1],
      [1, 0],
    ],
  ],
  ["a line", 9, [0, 1, 2, 3, 4, 5, 6, 7].map((at) => [at, at + 1] as const)],
  ["a star", 40, Array.from({ length: 39 }, (_, at) => [0, at + 1] as const)],
])("a map has a place for each node: %s", (_what, count, links) => {
  const places = layOut(count, links);
  expect(places).toHaveLength(count);
  for (const { x, y } of places) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.max(x, y)).toBeLessThanOrEqual(1);
  }
  expect(new Set(places.map(({ x, y }) => `${x.toFixed(3)} ${y.toFixed(3)}`)).size).toBe(count);
  expect(layOut(count, links)).toEqual(places);
});

test("links of a ring do not cross on its map, in whatever order its nodes stand", () => {
  const order = [0, 3, 1, 5, 2, 4];
  const links = order.map((node, at) => [node, order[(at + 1) % order.length]!] as const);
  const places = layOut(6, links);
  const isLeft = (a: number, b: number, c: number): boolean => {
    const [one, other, third] = [places[a]!, places[b]!, places[c]!];
    return (other.x - one.x) * (third.y - one.y) > (other.y - one.y) * (third.x - one.x);
  };
  const crosses = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): boolean =>
    new Set([a, b, c, d]).size === 4 && isLeft(a, b, c) !== isLeft(a, b, d) && isLeft(c, d, a) !== isLeft(c, d, b);
  expect(links.flatMap((one) => links.filter((other) => crosses(one, other)))).toEqual([]);
});
