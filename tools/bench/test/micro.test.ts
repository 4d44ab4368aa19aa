import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { measureRounds } from "../src/micro/micro.ts";
import { renderMicro } from "../src/micro/micro-table.ts";
import { scattered } from "../src/micro/subject.ts";
import { comparedCells, rangeText } from "../src/tables.ts";
import { SUBJECTS } from "../src/micro/subjects.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("several rounds", () => {
  it("are told by their median, and by what half of them lie between", () => {
    expect(rangeText([5, 1, 4, 2, 900])).toBe("4.00 (2.00–5.00)");
    expect(rangeText([7])).toBe("7.00 (7.00–7.00)");
    expect(rangeText([])).toBe("–");
  });

  it("are compared one by one, so that what slows both down does not count", () => {
    expect(comparedCells([10, 100, 1000], [5, 50, 500])[2]).toBe("2.00 (2.00–2.00)");
    expect(comparedCells([10, 100], [5])[2]).toBe("–");
  });
});

describe("scattered numbers", () => {
  it("are below the limit, all over the range, and the same each time", () => {
    const numbers = scattered(1000, 10);
    expect(new Set(numbers)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(scattered(1000, 10)).toEqual(numbers);
  });
});

describe("the table", () => {
  const result = { name: "labels: x", operation: "lookup", here: [9, 12.345, 12_345], beside: [], problems: [] };

  it("has a column for the other commit, and one for the ratio", () => {
    const text = renderMicro([{ ...result, beside: [9, 6.1725, 12_345] }], "abc1234");
    expect(text).toContain("| labels: x | lookup | 12.3 (12.3–12,345) | 9.00 (9.00–12,345) | 1.00 (1.00–2.00) |");
  });

  it("shows what could not be measured as a dash, and why", () => {
    const problems = ["in abc1234: there was no such function"];
    const text = renderMicro([{ ...result, problems }], "abc1234");
    expect(text).toContain("| 12.3 (12.3–12,345) | – | – |");
    expect(text).toContain("- labels: x: not measured: in abc1234: there was no such function");
  });
});

describe("what is measured", () => {
  it("has a name of its own each", () => {
    expect(new Set(SUBJECTS.map(({ name }) => name)).size).toBe(SUBJECTS.length);
  });

  it("is there in this checkout, and does what it says", async () => {
    for (const subject of SUBJECTS) {
      if ((subject.entries ?? 0) > 1000) continue;
      const work = await subject.prepare();
      expect(await work(), subject.name).toBeGreaterThan(0);
    }
  }, 60_000);

  it("is measured in a process, round by round", async () => {
    const rounds = await measureRounds(root, SUBJECTS[0]!.name);
    expect(rounds).toHaveLength(3);
    expect(Math.min(...rounds)).toBeGreaterThan(0);
  });

  it("is a problem to be told, and not the end, where a checkout does not have it", async () => {
    await expect(measureRounds(root, "labels: of tomorrow")).rejects.toThrow("its bench does not measure this");
    await expect(measureRounds("/nowhere", SUBJECTS[0]!.name)).rejects.toThrow("Cannot find module");
  });
});
