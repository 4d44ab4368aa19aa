import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PermitBucket, type Permit, TrafficClass, TransitLimit } from "../../src/index.ts";
import { PERMIT_BURST_BITS_MIN, PERMIT_BURST_MS } from "../../src/labels/limits.ts";

const { interactive, bulk } = TrafficClass;
const allow = (bitsPerSecond: number) => ({ classes: 1 << interactive, bitsPerSecond });
const PACKET = 1_250;

/** A permit for a share, which has a bucket of its own; without one, for no share. */
function permit(bitsPerSecond: number, bucket?: PermitBucket): Permit {
  return { share: bucket === undefined ? 0 : 7, allowance: allow(bitsPerSecond), bucket };
}

/** How many packets of a size pass at one time. */
function passing(bucket: PermitBucket, bitsPerSecond: number, now: number, size = PACKET): number {
  let count = 0;
  while (count < 10_000 && bucket.has(allow(bitsPerSecond), size, now)) {
    bucket.take(size, interactive);
    count++;
  }
  return count;
}

describe("a permit's bucket", () => {
  test("is full at first, and holds what a quarter of a second brings", () => {
    const bucket = new PermitBucket();
    // A packet has 10,000 bits: a thousand of them are 10 Mbit.
    expect(passing(bucket, 10_000_000, 50)).toBe(250);
    expect(passing(bucket, 10_000_000, 51)).toBe(1);
    expect(passing(bucket, 10_000_000, 151)).toBe(100);
    expect(passing(bucket, 10_000_000, 1_000_000)).toBe(250);
    expect([bucket.packets[interactive], bucket.bytes[interactive]]).toEqual([601, 601 * PACKET]);
  });

  test("lets one packet of the largest size pass however low the rate is", () => {
    const bucket = new PermitBucket();
    const largest = PERMIT_BURST_BITS_MIN / 8;
    expect([passing(bucket, 1, 0, largest + 1), passing(bucket, 1, 0, largest)]).toEqual([0, 1]);
  });

  test("lets nothing pass at a rate of 0, also when there was another one before", () => {
    const bucket = new PermitBucket();
    expect(passing(bucket, 0, 0)).toBe(0);
    expect(passing(bucket, 10_000_000, 1_000)).toBe(250);
    expect(passing(bucket, 0, 100_000)).toBe(0);
  });

  test("holds no more than a lower rate permits from when that is in force", () => {
    const bucket = new PermitBucket();
    bucket.has(allow(100_000_000), 1, 0);
    expect(passing(bucket, 10_000_000, 0)).toBe(250);
  });

  test("gets nothing by a time that goes back and comes again", () => {
    const bucket = new PermitBucket();
    passing(bucket, 10_000_000, 5_000);
    expect([passing(bucket, 10_000_000, 1_000), passing(bucket, 10_000_000, 5_000)]).toEqual([0, 0]);
    expect(passing(bucket, 10_000_000, 5_010)).toBe(10);
  });

  test("lets no more pass than its burst, and its rate for the time that went by", () => {
    const step = fc.record({ elapsed: fc.integer({ min: -500, max: 500 }), size: fc.integer({ min: 1, max: 20_000 }) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50_000_000 }), fc.array(step, { maxLength: 60 }), (rate, steps) => {
        const bucket = new PermitBucket();
        const burst = rate === 0 ? 0 : Math.max((rate * PERMIT_BURST_MS) / 1_000, PERMIT_BURST_BITS_MIN);
        // The bucket's time begins with the first packet, whenever that comes.
        let [now, first, latest, bits] = [1_000, Number.POSITIVE_INFINITY, 0, 0];
        for (const { elapsed, size } of steps) {
          now = Math.max(0, now + elapsed);
          first = Math.min(first, now);
          latest = Math.max(latest, now);
          if (!bucket.has(allow(rate), size, now)) continue;
          bucket.take(size, interactive);
          bits += 8 * size;
        }
        expect(bits).toBeLessThanOrEqual(burst + (steps.length === 0 ? 0 : (rate * (latest - first)) / 1_000));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the pairs of a vertex", () => {
  const limits = { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 };

  test("10,000 permits have a rate each, and a flood on one of them takes nothing of the others", () => {
    const limit = new TransitLimit(10_000, limits);
    limit.handleTime(1);
    let flooded = 0;
    for (let count = 0; count < 20_000; count++) if (limit.take(7, PACKET, permit(10_000_000), bulk)) flooded++;
    expect(flooded).toBe(250);
    for (let pair = 0; pair < 10_000; pair++) {
      expect(limit.take(pair, PACKET, permit(10_000_000), interactive)).toBe(pair !== 7);
    }
    expect([...limit.permitOf(7)!.denied]).toEqual([0, 0, 0, 1, 19_750, 0]);
    expect(limit.packetsDropped[7]).toBe(19_751);
  });

  test("what passes by no permit fills no bucket; what is above the vertex's own limit costs the permit nothing", () => {
    const limit = new TransitLimit(2, { packetsPerSecond: 2, bytesPerSecond: 1_000_000 });
    limit.handleTime(1);
    expect(limit.take(0, PACKET)).toBe(true);
    expect(limit.permitOf(0)).toBeUndefined();
    const taken = [1, 2, 3].map(() => limit.take(1, 10_000, permit(160_000), interactive));
    expect(taken, "the rate permits one packet").toEqual([true, false, false]);
    limit.handleTime(501);
    expect(limit.take(1, 10_000, permit(160_000), interactive)).toBe(true);
  });

  test("shares of one pair have a rate and counts each, and the pair's own limit together", () => {
    const limit = new TransitLimit(1, { packetsPerSecond: 300, bytesPerSecond: 1_000_000_000 });
    const [one, other] = [new PermitBucket(), new PermitBucket()];
    limit.handleTime(1);
    const takes = (by: Permit, count: number): number =>
      Array.from({ length: count }, () => limit.take(0, PACKET, by, interactive)).filter(Boolean).length;
    expect([takes(permit(10_000_000, one), 20_000), takes(permit(1_000_000, other), 100)]).toEqual([250, 25]);
    expect([takes(permit(10_000_000), 100), limit.packetsPassed[0]], "the vertex's own limit").toEqual([25, 300]);
    limit.countDenied(0, permit(1, other), bulk);
    expect([one, other, limit.permitOf(0)!].map(({ denied }) => [...denied])).toEqual([
      [0, 0, 0, 19_750, 0, 0],
      [0, 0, 0, 75, 1, 0],
      [0, 0, 0, 75, 0, 0],
    ]);
  });

  test("a number that another pair gets begins anew", () => {
    const limit = new TransitLimit(1, limits);
    limit.handleTime(1);
    limit.countDenied(0, permit(1), bulk);
    limit.reset(0);
    expect(limit.permitOf(0)).toBeUndefined();
  });
});
