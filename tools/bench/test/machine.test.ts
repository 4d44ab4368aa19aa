import { describe, expect, it } from "vitest";
import { parseMachineTicks } from "../src/measures/machine.ts";

describe("the machine's ticks", () => {
  it("count as busy what is neither idle nor waiting, and tell stolen ones apart", () => {
    const stat = "cpu  100 20 30 4000 500 6 7 8 9 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
    expect(parseMachineTicks(stat)).toEqual({ busy: 163, stolen: 8 });
  });

  it("are none stolen where the kernel does not tell", () => {
    expect(parseMachineTicks("cpu 1 2 3 4 5 6 7\n")).toEqual({ busy: 19, stolen: 0 });
  });
});
