import { describe, expect, it } from "vitest";
import type { AllFigures } from "../src/figures.ts";
import { TRANSIT_PLACE } from "../src/place.ts";
import { renderRun } from "../src/report.ts";
import type { Run } from "../src/run.ts";
import { feed } from "../src/transit/feed.ts";
import type { Generator } from "../src/transit/generator.ts";
import { resultOf, runOf } from "./results.ts";

/** A node that passes on the first `packetsMax` packets, and loses all later ones. */
function nodeOf(packetsMax: number): { end: Generator; onTheirWay: () => number } {
  let [sent, received, mostOnTheirWay] = [0, 0, 0];
  const end: Generator = {
    get received() {
      return received;
    },
    isUp: true,
    isWritable: true,
    sendFrame: (_packet, count) => {
      sent += count;
      mostOnTheirWay = Math.max(mostOnTheirWay, sent - received);
      setImmediate(() => (received = Math.min(packetsMax, received + count)));
    },
    [Symbol.dispose]: () => {},
  };
  return { end, onTheirWay: () => mostOnTheirWay };
}

describe("the generator", () => {
  const options = { packet: new Uint8Array(10) };

  it("sends as fast as packets come out, and never has more than 64 on their way", async () => {
    const { end, onTheirWay } = nodeOf(Infinity);
    const fed = await feed({ ...options, from: end, to: end, packetsPerFrame: 4 }, 0.5);
    expect(fed.sent).toBeGreaterThan(64);
    expect(fed.received).toBe(fed.sent);
    expect(onTheirWay()).toBeLessThanOrEqual(64);
  });

  it("goes on when all that was on its way is lost", async () => {
    const { end } = nodeOf(100);
    const fed = await feed({ ...options, from: end, to: end, packetsPerFrame: 1 }, 0.2);
    expect(fed.received).toBe(100);
    expect(fed.sent).toBeGreaterThan(164);
  });
});

describe("the table of a transit node", () => {
  const frames = (figures: AllFigures): Run => runOf(resultOf("frames of 4", figures, TRANSIT_PLACE));

  it("says what a packet costs each of the node's processes", () => {
    const figures = { "packets/s": [12_345], "link-flor µs": [20], "cluster-flor µs": [3.25], "lost %": [1] };
    expect(renderRun(frames(figures))).toContain("| frames of 4 | 12345 | 20.0 / 3.3 | 1.0 |");
  });

  it("says what could not be measured", () => {
    const run = frames({});
    run.results[0]!.problems.push("no links");
    expect(renderRun(run)).toContain("| frames of 4 | – | – / – | – |");
    expect(renderRun(run)).toContain("- frames of 4: not measured: no links");
  });
});
