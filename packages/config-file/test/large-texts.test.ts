import { formatOperatorError, OperatorErrors, PROBLEMS_TOLD_MAX } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseConfig } from "../src/config-document.ts";
import { ProblemList } from "../src/problem-list.ts";

const schema = z.strictObject({
  cluster: z.string(),
  links: z.record(z.string(), z.strictObject({ role: z.string(), label: z.int() })).default({}),
  pairs: z.array(z.string()).default([]),
});

/** A size that is enough for each bound: a text may be twice as long. */
const SIZE = 400_000;

const linesOf = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("");

function errorOf(text: string): OperatorErrors {
  try {
    parseConfig(text, "/etc/x.yaml", schema);
  } catch (error) {
    if (error instanceof OperatorErrors) return error;
    throw error;
  }
  throw new Error("nothing is wrong with it");
}

describe("of many problems in one text", () => {
  test("those that stand first are told, and the rest counted", () => {
    const error = errorOf(`cluster: a\n${linesOf(20_000, (at) => `k${at}: 1\n`)}`);
    expect(error.count).toBe(20_000);
    expect(error.problems.map(({ where }) => where?.line)).toEqual(
      Array.from({ length: PROBLEMS_TOLD_MAX }, (_, at) => at + 2),
    );
    expect(error.message).toBe('unknown key "k0" (and 19999 more)');
    expect(formatOperatorError(error).split("\n").at(-1)).toBe("... and 19900 more problems");
  });

  test("they are told in the order of their lines, in whatever order they are found", () => {
    const list = new ProblemList();
    for (let line = 1_000; line > 0; line--) list.add({ code: "ERR_X", message: "no", advice: "", line, column: 1 });
    expect(list.toError("/x").problems.map(({ where }) => where?.line)).toEqual(
      Array.from({ length: PROBLEMS_TOLD_MAX }, (_, at) => at + 1),
    );
  });

  test("advice is looked for only for those that are told", () => {
    const list = new ProblemList();
    let searches = 0;
    const advice = (): string => `search ${++searches}`;
    for (let line = 0; line < 10_000; line++) list.add({ code: "ERR_X", message: "no", advice, line, column: 1 });
    list.toError("/x");
    expect(searches).toBe(PROBLEMS_TOLD_MAX);
  });

  test("more than the schema's library can hand up are an operator's error still", () => {
    const error = errorOf(`cluster: a\npairs: [${linesOf(160_000, () => "1,")}]\n`);
    expect(error.problems[0]).toMatchObject({ code: "ERR_CONFIG_TYPE", where: { key: "pairs[0]", line: 2 } });
  });
});

describe("a long text", () => {
  const fill = (head: string, line: (at: number) => string): string => {
    const parts = [head];
    for (let at = 0, size = head.length; size < SIZE; at++) {
      const part = line(at);
      parts.push(part);
      size += part.length;
    }
    return parts.join("");
  };
  test.each([
    ["brackets that close nothing", fill("", () => "}"), "Unexpected flow-map-end"],
    ["brackets and brackets", fill("", () => "[]"), "Unexpected flow-seq-start"],
    ["commas", fill("[", () => ","), "more than 300000"],
    ["lines with one quote", fill("cluster: a\n", () => '"\n'), "Missing closing"],
    ["keys whose value is one quote", fill("cluster: a\n", () => 'k: "\n'), "Missing closing"],
    [
      "anchors and their aliases",
      fill("cluster: a\n", (at) => `k${at}: &a${at} 1\nj${at}: *a${at}\n`),
      "more than 1000 anchors",
    ],
    ["members of an ordered map", fill("cluster: !!omap\n", (at) => `- a${at}: 1\n`), "Unresolved tag"],
  ])("of %s is refused for the first thing that is wrong", (_, text, message) => {
    expect(errorOf(text)).toMatchObject({ count: 1, message: expect.stringContaining(message) });
  });
});

describe("twice as much text", () => {
  const shapes: readonly (readonly [string, (count: number) => string])[] = [
    ["unknown keys", (count) => linesOf(count, (at) => `k${at}: 1\n`)],
    ["links of a wrong form", (count) => `cluster: a\nlinks:\n${linesOf(count, (at) => ` l${at}: 1\n`)}`],
    ["links without their keys", (count) => `cluster: a\nlinks:\n${linesOf(count, (at) => ` l${at}: {}\n`)}`],
    ["keys that are written twice", (count) => linesOf(count, () => `a: 1\n`)],
    ["open quotes", (count) => linesOf(count, () => `k: "\n`)],
  ];
  test.each(shapes)("of %s takes about twice as long", (_, text) => {
    // A quadratic reading takes 64 times as long for 8 times as much.
    expect(leastCpu(text(8_000)) / leastCpu(text(1_000))).toBeLessThan(32);
  });
});

// The library makes an object with a stack for each failure after which it goes on.
test("open quotes take no longer than lines that are in order", () => {
  const broken = linesOf(10_000, () => 'k: "\n');
  const good = `cluster: a\nlinks:\n${linesOf(10_000, (at) => ` l${at}: { role: a, label: 1 }\n`)}nope: 1\n`;
  expect(leastCpu(broken)).toBeLessThan(leastCpu(good) * 2);
});

/** The CPU time that a text with problems takes, in microseconds: the least of three runs, which is that of an undisturbed run. */
function leastCpu(text: string): number {
  const runs = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    errorOf(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...runs);
}
