import { describe, expect, it } from "vitest";
import { feed } from "../src/transit/feed.ts";
import type { GeneratorEnd } from "../src/transit/generator-end.ts";
import { renderTransit } from "../src/transit/transit-table.ts";

/** A node that passes on what it is sent, up to so many packets: what comes later is lost. */
function nodeOf(packetsMax: number): { end: GeneratorEnd; onTheirWay: () => number } {
  let [sent, received, mostOnTheirWay] = [0, 0, 0];
  const end: GeneratorEnd = {
    get received() {
      return received;
    },
    handleOf: () => 1,
    isWritable: () => true,
    sendFrame: (_handle, _packet, count) => {
      sent += count;
      mostOnTheirWay = Math.max(mostOnTheirWay, sent - received);
      setImmediate(() => (received = Math.min(packetsMax, received + count)));
    },
    [Symbol.dispose]: () => {},
  };
  return { end, onTheirWay: () => mostOnTheirWay };
}

describe("the generator", () => {
  const options = { peer: "c", packet: new Uint8Array(10) };

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
  const noise = { waitedMs: 0, busyCores: 0, loadAverage: 0, stolenCores: 0 };

  it("says what a packet costs each of the node's processes", () => {
    const round = { packetsPerSecond: 12_345, microsPerPacket: { "link-flor": 20, "cluster-flor": 3.25 }, noise };
    const rounds = [{ ...round, lostShare: 0.01 }];
    const text = renderTransit([{ name: "both", packetBytes: 1280, packetsPerFrame: 4, rounds, problems: [] }]);
    expect(text).toContain("| both | 1,280 | 4 | 12345 | link-flor 20.0, cluster-flor 3.3 | 1.0 |");
  });

  it("says what could not be measured", () => {
    const text = renderTransit([
      { name: "both", packetBytes: 1280, packetsPerFrame: 4, rounds: [], problems: ["no links"] },
    ]);
    expect(text).toContain("| both | 1,280 | 4 | – | – | – |");
    expect(text).toContain("- both, 4 of 1280 bytes per frame: not measured: no links");
  });
});
