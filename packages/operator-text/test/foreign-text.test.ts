import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foreignLines, foreignQuote, foreignText, isShownAsIs, visibleJson } from "../src/index.ts";

/** Tells dangerous characters without the classes that the code uses, so that both would have to be wrong in the same way. */
function isDangerous(codePoint: number): boolean {
  const within = (first: number, last: number): boolean => codePoint >= first && codePoint <= last;
  return (
    within(0x00, 0x1f) ||
    within(0x7f, 0xa0) ||
    [0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x1680, 0x17b4, 0x17b5, 0x2800, 0x3000, 0x3164, 0xfeff, 0xffa0].includes(
      codePoint,
    ) ||
    within(0x180b, 0x180f) ||
    within(0x2000, 0x200f) ||
    within(0x2028, 0x202f) ||
    within(0x205f, 0x206f) ||
    within(0xd800, 0xdfff) ||
    within(0xe000, 0xf8ff) ||
    within(0xfe00, 0xfe0f) ||
    within(0xfff0, 0xfffb) ||
    within(0xfffe, 0xffff) ||
    within(0x1d173, 0x1d17a) ||
    within(0xe0000, 0x10ffff)
  );
}

const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }),
      fc.constantFrom(0x0a, 0x0d, 0x1b, 0x5c, 0x85, 0x202e, 0x2066, 0x200b, 0xfeff, 0xd800, 0xdc00, 0xe0041),
      fc.integer({ min: 0x300, max: 0x36f }),
      fc.integer({ min: 0x20, max: 0x7e }),
    ),
    { maxLength: 80 },
  )
  .map((codePoints) => codePoints.map((codePoint) => String.fromCodePoint(codePoint)).join(""));
const length = fc.integer({ min: 1, max: 100 });

describe("a foreign text as it is shown", () => {
  test.each([
    ["a right-to-left override", "user\u202Etxt.exe", String.raw`user\u{202e}txt.exe`],
    ["a line end in a log", "no\r\nlevel=error all is lost", String.raw`no\u{d}\u{a}level=error all is lost`],
    ["line ends of Unicode", "a\u2028b\u2029c\u0085d", String.raw`a\u{2028}b\u{2029}c\u{85}d`],
    ["what clears a terminal", "\u001B[2J\u009B2J", String.raw`\u{1b}[2J\u{9b}2J`],
    ["isolates and zero width", "\u2066a\u200B\u2069\uFEFF", String.raw`\u{2066}a\u{200b}\u{2069}\u{feff}`],
    ["tags", "a\u{E0041}", String.raw`a\u{e0041}`],
    ["a lone surrogate", "a\uD800b", String.raw`a\u{d800}b`],
    ["spaces of other widths", "a\u00A0b\u3000c", String.raw`a\u{a0}b\u{3000}c`],
    ["a filler that is a letter", "web\u3164", String.raw`web\u{3164}`],
    ["a mark on nothing", "\u0338x", String.raw`\u{338}x`],
    ["a tower of marks", `a${"\u0301".repeat(9)}b`, `a${"\u0301".repeat(8)}${String.raw`\u{301}`}b`],
    ["an escape that is only written", String.raw`\u{202e}`, String.raw`\u{202e}`],
  ])("%s", (_name, text, shown) => {
    expect(foreignText(text, 200)).toBe(shown);
    expect(isShownAsIs(text, 200)).toBe(text === shown);
  });

  test.each([
    "",
    "plain ASCII, ~!\\",
    "Zürich",
    "Ελλάδα",
    "Київ",
    "नमस्ते",
    "สวัสดี",
    "東京",
    "서울",
    "שָׁלוֹם",
    "مرحبا",
    "🙂",
  ])("%s stays", (text) => {
    expect(foreignText(text, 200)).toBe(text);
    expect(foreignLines(`${text}\n${text}\n`)).toBe(`${text}\n${text}\n`);
  });

  test.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["🙂🙂🙂", 3, "🙂🙂🙂"],
    ["🙂🙂🙂🙂", 3, "🙂🙂…"],
    ["ab\n", 5, "ab…"],
    ["ab\n", 7, String.raw`ab\u{a}`],
    ["\n", 1, "…"],
  ])("%j in %d is %j", (text, lengthMax, shown) => {
    expect(foreignText(text, lengthMax)).toBe(shown);
  });

  test("holds nothing that is not seen, whatever it was made of", () => {
    fc.assert(
      fc.property(anyText, length, (text, lengthMax) => {
        const codePoints = Array.from(foreignText(text, lengthMax), (character) => character.codePointAt(0)!);
        expect(codePoints.length).toBeLessThanOrEqual(lengthMax);
        expect(codePoints.filter(isDangerous)).toEqual([]);
        expect(String.fromCodePoint(...codePoints)).not.toMatch(/(?:^|\p{M}{8})\p{M}/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is shown the same a second time", () => {
    fc.assert(
      fc.property(anyText, length, (text, lengthMax) => {
        const shown = foreignText(text, lengthMax);
        expect(foreignText(shown, lengthMax)).toBe(shown);
        expect(isShownAsIs(shown, lengthMax)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("every single code point is shown as it is or as its escape, and letters and digits as they are", () => {
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      const shown = foreignText(character, 12);
      const isAsIs = shown === character;
      const isOrdinary =
        /^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(character) && !isDangerous(codePoint) && codePoint !== 0x2800;
      if (isOrdinary !== isAsIs || (!isAsIs && shown !== `\\u{${codePoint.toString(16)}}`)) wrong.push(shown);
    }
    expect(wrong).toEqual([]);
  });
});

test.each([
  ["alice", '"alice"'],
  ["аlice", String.raw`"\u{430}lice"`],
  ['a" is good, not "b', String.raw`"a\u{22} is good, not \u{22}b"`],
  ["a\u202E\n", String.raw`"a\u{202e}\u{a}"`],
  ["a".repeat(50), `"${"a".repeat(39)}…"`],
])("in quotes, %j is %s", (text, quoted) => {
  expect(foreignQuote(text, 40)).toBe(quoted);
});

test("lines stay lines, and nothing else of them moves the terminal", () => {
  expect(foreignLines("a\r\n\u001B[31mb\n")).toBe(`${String.raw`a\u{d}`}\n${String.raw`\u{1b}[31mb`}\n`);
});

test("JSON says the same, and shows all of it", () => {
  expect(visibleJson('{\n "a": "\u202E\u{E0041} ü"\n}')).toBe('{\n "a": "\\u202e\\udb40\\udc41 ü"\n}');
  fc.assert(
    fc.property(anyText, (text) => {
      const json = visibleJson(JSON.stringify({ [text]: text }, undefined, 1));
      expect(JSON.parse(json)).toEqual({ [text]: text });
      const codePoints = Array.from(json, (character) => character.codePointAt(0)!);
      expect(codePoints.filter((codePoint) => codePoint !== 0x0a && isDangerous(codePoint))).toEqual([]);
    }),
  );
});
