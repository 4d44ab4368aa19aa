import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isName } from "../src/index.ts";

describe("a name", () => {
  test.each(["a", "0", "web", "berlin-2", "a.b.c", "a_b", "a-.b", "x".repeat(63)])("may be %s", (text) => {
    expect(isName(text)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["too long", "x".repeat(64)],
    ["of upper case", "Web"],
    ["with a sign at its start", "-a"],
    ["with a sign at its end", "a."],
    ["of a sign alone", "_"],
    ["with two dots in a row", "a..b"],
    ["with a space", "a b"],
    ["with a slash", "a/b"],
    ["with a line end behind it", "a\n"],
    ["of letters of another script", "\u0430"],
  ])("is not %s", (_, text) => {
    expect(isName(text)).toBe(false);
  });

  test("is as the rule says, letter by letter", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "z", "0", "9", "-", ".", "_", "A", " ", "/"), maxLength: 70 });
    fc.assert(
      fc.property(text, (name) => {
        const isLetter = (at: number): boolean => "az09".includes(name.at(at) ?? " ");
        const expected =
          name.length > 0 &&
          name.length <= 63 &&
          name.split("").every((character) => "az09-._".includes(character)) &&
          isLetter(0) &&
          isLetter(-1) &&
          name.split("..").length === 1;
        expect(isName(name)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
