import { describe, expect, test } from "vitest";
import { ClockWatch, type NeighbourClock } from "../../../src/agent/watch/clock-watch.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const DAY = 86_400_000;
const of = (...aheads: readonly number[]): NeighbourClock[] =>
  aheads.map((aheadMs, at) => ({ peer: `n${at}`, aheadMs }));

describe("by the clocks of neighbours", () => {
  test.each<[string, NeighbourClock[], number | undefined]>([
    ["none is known", [], undefined],
    ["all agree", of(0, MINUTE, -4 * MINUTE), undefined],
    ["one of three differs", of(0, 10, DAY), undefined],
    ["one of two differs", of(0, DAY), undefined],
    ["two of three are ahead", of(0, DAY, DAY + MINUTE), -DAY],
    ["all are behind by a day", of(-DAY, -DAY, -DAY), DAY],
    ["they differ, and not in one direction", of(DAY, -DAY, 0), undefined],
    ["the only one is ahead", of(DAY), -DAY],
  ])("where %s", (_, neighbours, aheadMs) => {
    const found = new ClockWatch().faultAt(NOW, neighbours);
    if (aheadMs === undefined) expect(found).toBeUndefined();
    else {
      expect(found).toMatchObject({ cause: "neighbours" });
      expect(Math.abs(found!.aheadMs - aheadMs)).toBeLessThanOrEqual(MINUTE);
    }
  });
});

test("what a quorum has signed is a floor, whatever neighbours say", () => {
  const watch = new ClockWatch();
  watch.handleSigned(NOW);
  watch.handleSigned(NOW - DAY);
  expect(watch.faultAt(NOW - 4 * MINUTE, [])).toBeUndefined();
  expect(watch.faultAt(NOW - DAY, of(0, 0))).toEqual({ cause: "records", aheadMs: -DAY, by: [] });
});

describe("a clock that is set while the process runs", () => {
  /** Has seen both clocks at the beginning. */
  function running(): ClockWatch {
    const watch = new ClockWatch();
    expect(watch.handleClocks(NOW, 0)).toBe(0);
    return watch;
  }

  test("is nothing where both go on, also over a sleep, or a little apart", () => {
    const watch = running();
    for (const [wall, boot] of [
      [MINUTE, MINUTE],
      [DAY, DAY],
      [DAY + MINUTE + 400, DAY + MINUTE],
    ] as const) {
      expect(watch.handleClocks(NOW + wall, boot)).toBe(0);
    }
    expect(watch.faultAt(NOW + DAY, [])).toBeUndefined();
  });

  test("back by a day is a fault until it is there again", () => {
    const watch = running();
    expect(watch.handleClocks(NOW - DAY, 10)).toBe(-DAY - 10);
    expect(watch.faultAt(NOW - DAY, [])).toMatchObject({ cause: "put-back", aheadMs: -DAY - 10 });
    expect(watch.handleClocks(NOW - DAY + MINUTE, MINUTE + 10)).toBe(0);
    expect(watch.faultAt(NOW - DAY + MINUTE, [])).toMatchObject({ cause: "put-back", aheadMs: -DAY - 10 });
    expect(watch.handleClocks(NOW + 2 * MINUTE, 2 * MINUTE)).toBeGreaterThan(0);
    expect(watch.faultAt(NOW + 2 * MINUTE, [])).toBeUndefined();
  });

  test("back is right where a neighbour says so, and ahead is no fault by itself", () => {
    const watch = running();
    watch.handleClocks(NOW - DAY, 10);
    expect(watch.faultAt(NOW - DAY, of(MINUTE))).toBeUndefined();
    const other = running();
    expect(other.handleClocks(NOW + DAY, 0)).toBe(DAY);
    expect(other.faultAt(NOW + DAY, [])).toBeUndefined();
    expect(other.faultAt(NOW + DAY, of(-DAY, -DAY))).toMatchObject({ cause: "neighbours", aheadMs: DAY });
  });

  test("a step below five minutes is told to whoever compares, and is no fault", () => {
    const watch = running();
    expect(watch.handleClocks(NOW - MINUTE, 0)).toBe(-MINUTE);
    expect(watch.faultAt(NOW - MINUTE, [])).toBeUndefined();
  });
});
