import { describe, expect, it } from "vitest";
import { drawLineChart } from "../src/page/line-chart.ts";
import { linearScale, logarithmicScale, tickText } from "../src/page/scale.ts";

describe("an axis", () => {
  it("has round ticks from nothing on", () => {
    expect(linearScale([3, 47], 100).ticks).toEqual([0, 10, 20, 30, 40]);
  });

  it("has a tick for each power of ten, and more where there are few", () => {
    expect(logarithmicScale([4, 20_000], 100).ticks).toEqual([1, 10, 100, 1000, 10_000]);
    expect(logarithmicScale([40, 250], 100).ticks).toEqual([10, 20, 50, 100, 200]);
  });

  it.each([
    [0, "0"],
    [0.2, "0.2"],
    [5000, "5000"],
    [20_000, "20k"],
    [1_000_000, "1M"],
  ])("is short: %s", (value, text) => {
    expect(tickText(value)).toBe(text);
  });
});

describe("a line chart", () => {
  it("names each line with its first and its last value", () => {
    const line = { label: "lookup in N", points: [[10, 41.234] as const, [1000, 52] as const] };
    const svg = drawLineChart([line], { across: "N", upwards: "ns" });
    expect(svg).toContain("lookup in N: 41.2 to 52");
    expect(svg.match(/<circle/g)).toHaveLength(3);
  });
});
