import { existsSync, readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { ATTACKS } from "../src/attacks.ts";
import { isPlain, textsIn } from "../src/plain-text.ts";

test("each attack has a name, and a file of that name", () => {
  const names = ATTACKS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const files = readdirSync(new URL("../src/attacks", import.meta.url));
  expect(files.toSorted()).toEqual(names.map((name) => `${name}.ts`).toSorted());
});

test("each program that an attack starts is there", () => {
  for (const { name } of ATTACKS) {
    const source = readFileSync(new URL(`../src/attacks/${name}.ts`, import.meta.url), "utf8");
    for (const [, program] of source.matchAll(/strike\w*\((?:(?:"\w"|ground), )?"(\w+)"/g)) {
      expect(existsSync(new URL(`../attackers/${program}.py`, import.meta.url)), program).toBe(true);
    }
  }
});

test.each([
  ["plain text, ümläuts: 100 %", true],
  ["turned \u202e around", false],
  ["two\r\nlines", false],
  ["\u001b[2J", false],
])("%j is plain: %s", (text, expected) => {
  expect(isPlain(text)).toBe(expected);
});

test("texts are found at any depth", () => {
  expect(textsIn({ a: ["x", { b: "y", c: 1, d: null }] })).toEqual(["x", "y"]);
});
