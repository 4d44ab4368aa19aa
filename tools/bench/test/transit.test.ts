import { describe, expect, it } from "vitest";
import { feed } from "../src/transit/feed.ts";
import type { Generator } from "../src/transit/generator.ts";
import { renderTransit } from "../src/transit/transit.ts";

/** A node that passes on what it is sent, up to so many packets: what comes later is lost. */
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
    const fed = await feed({ ...options, from: end, to: end, packetsPerFrame: 4 }, 0.05);
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
  const kind = { packetBytes: 1280, packetsPerFrame: 4 };

  it("says what a packet costs each of the node's processes", () => {
    const figures = { "packets/s": [12_345], "link-flor, µs": [20], "cluster-flor, µs": [3.25], "lost %": [1] };
    const text = renderTransit([{ ...kind, figures, problems: [] }]);
    expect(text).toContain("| 1,280 | 4 | 12345 | 20.0 / 3.3 | 1.0 |");
  });

  it("says what could not be measured", () => {
    const text = renderTransit([{ ...kind, figures: {}, problems: ["no links"] }]);
    expect(text).toContain("| 1,280 | 4 | – | – / – | – |");
    expect(text).toContain("- transit, 4 of 1280 bytes per frame: not measured: no links");
  });
});
