import { markup, sectionIds, SectionWriter } from "@florenetes/console";
import { expect, test } from "vitest";
import { CONSOLE_TABLES, consolePicture } from "../../src/console/console-picture.ts";
import { figureTables } from "../../src/console/figure-tables.ts";
import { MeshFigures } from "../../src/console/mesh-figures.ts";
import { drawPicture } from "../../src/mesh-status/mesh-picture.ts";
import { silentNode } from "../../src/mesh-status/node-answer.ts";
import type { NodeAnswer } from "../../src/mesh-status/node-facts.ts";
import { answersWith, EXPECTED } from "../mesh-status-fixture.ts";

const write = (answers: ReadonlyMap<string, NodeAnswer>): Record<string, string> => {
  const figures = new MeshFigures(EXPECTED);
  figures.handleAnswers(answers, 0);
  const picture = consolePicture(EXPECTED.mesh, drawPicture(EXPECTED, answers), figureTables(figures, 0));
  const sections = new SectionWriter().write(picture);
  return Object.fromEntries([...sections].map(([id, { text }]) => [id, text]));
};

test("a mesh has all sections, and those of what it does not have are empty", () => {
  const sections = write(answersWith());
  expect(Object.keys(sections)).toEqual(sectionIds(CONSOLE_TABLES));
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
