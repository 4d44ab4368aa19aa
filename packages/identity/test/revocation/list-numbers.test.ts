import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCa } from "../../src/authority/index.ts";
import {
  anyListOfChain,
  checkFirstList,
  formatListNumbers,
  type ListNumbers,
  mergeListNumbers,
  parseListNumbers,
} from "../../src/revocation/list-numbers.ts";

const key = (digit: string): string => digit.repeat(64);
const issuer = fc.constantFrom(key("a"), key("b"), key("0"));
const numbers: fc.Arbitrary<ListNumbers> = fc
  .array(fc.tuple(issuer, fc.bigInt({ min: 0n, max: 2n ** 160n - 1n })))
  .map((pairs) => new Map(pairs));

function codeOf(action: () => unknown): string {
  try {
    action();
    return "taken";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("what was written is read", () => {
  fc.assert(
    fc.property(numbers, (known) => {
      expect(parseListNumbers(formatListNumbers(known))).toEqual(known);
    }),
  );
});

describe("what is damaged is refused", () => {
  const good = `${key("a")} 7\n`;
  const cases: readonly (readonly [string, string])[] = [
    ["the last line is cut off", good.slice(0, -1)],
    ["a line is empty", `${good}\n`],
    ["a CA is there twice", `${good}${good}`],
    ["a number has a zero in front", `${key("a")} 07\n`],
    ["a number is negative", `${key("a")} -7\n`],
    ["a number has fifty digits", `${key("a")} 1${"0".repeat(49)}\n`],
    ["the key is in capitals", `${key("A")} 7\n`],
    ["the key is too short", `${key("a").slice(1)} 7\n`],
    ["there is more in a line", `${key("a")} 7 8\n`],
    ["the lines end as those of other systems", `${key("a")} 7\r\n`],
  ];
  test.each(cases)("%s", (_, text) =>
    expect(codeOf(() => parseListNumbers(text))).toBe("ERR_IDENTITY_LIST_NUMBERS_BROKEN"),
  );

  test("whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(["taken", "ERR_IDENTITY_LIST_NUMBERS_BROKEN"]).toContain(codeOf(() => parseListNumbers(text)));
      }),
    );
  });
});

test("what is known never goes back, in whatever order it is learned", () => {
  fc.assert(
    fc.property(fc.array(numbers), issuer, fc.bigInt({ min: 0n, max: 2n ** 160n }), (all, of, number) => {
      const known = mergeListNumbers(...all);
      expect(mergeListNumbers(...all.toReversed())).toEqual(known);
      const learned = all.flatMap((each) => [...each]).filter(([each]) => each === of);
      const list = { issuer: of, issuerName: "CN=demo", number };
      const verdict =
        learned.length === 0
          ? "ERR_IDENTITY_LIST_UNCONFIRMED"
          : learned.every(([, least]) => least <= number)
            ? "taken"
            : "ERR_IDENTITY_LIST_OLDER";
      expect(codeOf(() => checkFirstList(list, known))).toBe(verdict);
    }),
  );
});

test("a CA of a chain is met once: in the first chain that has it", () => {
  const folder = mkdtempSync(join(tmpdir(), "list-numbers-"));
  const root = createCa(join(folder, "root"), { cluster: "demo" });
  const [one, other] = ["one", "other"].map((name) => root.makeIntermediate(join(folder, name), {}));
  const chainBy = (ca: typeof root): string => ca.issue({ kind: "user", name: "alice" }).certificateChainPem;
  const [direct, first, again, moved] = [root, one!, one!, other!].map(chainBy);
  expect(anyListOfChain(direct!)).toEqual(new Map());
  expect([...anyListOfChain(first!).values()]).toEqual([0n]);
  expect(anyListOfChain(first!, direct)).toEqual(anyListOfChain(first!));
  expect(anyListOfChain(again!, first)).toEqual(new Map());
  expect(anyListOfChain(moved!, first)).toEqual(anyListOfChain(moved!));
  expect(anyListOfChain(moved!)).not.toEqual(anyListOfChain(first!));
  rmSync(folder, { recursive: true });
});
