import { describe, expect, it } from "vitest";
import { parseMachineTicks } from "../src/measures/machine.ts";

describe("the machine's ticks", () => {
  it("count as busy what is neither idle nor waiting, and not what went to other machines", () => {
    const stat = "cpu  100 20 30 4000 500 6 7 8 9 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
    expect(parseMachineTicks(stat)).toBe(163);
  });

  it("are read where the kernel tells less", () => {
    expect(parseMachineTicks("cpu 1 2 3 4 5 6 7\n")).toBe(19);
  });
});
