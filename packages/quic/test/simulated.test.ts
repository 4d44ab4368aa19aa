/** Properties of the simulated engine alone: it is the same in every run, and holds in networks that are worse than life. */

import { describe, expect, test } from "vitest";
import { runStreams } from "./simulated-run.ts";

const limitMs = 600_000;
const seeds = Array.from({ length: 100 }, (_, seed) => seed);

describe("the simulated engine", () => {
  test.each(seeds)("seed %i: no byte of a stream is lost, doubled or out of order", (seed) => {
    expect(runStreams(seed, limitMs).durationMs).toBeLessThan(limitMs);
  });

  test("does the same again with the same seed, and something else with another", () => {
    const [first, again, other] = [7, 7, 8].map((seed) => runStreams(seed, limitMs));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
