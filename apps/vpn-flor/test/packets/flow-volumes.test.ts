import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BULK_BYTES, BULK_REST, BULK_WINDOW, FlowVolumes } from "../../src/packets/flow-volumes.ts";
import { FLOW_PLACES, FLOWS_COUNTED } from "../../src/packets/limits.ts";

const HASH = 0xfedc_ba98;
const HALF = BULK_BYTES / 2;

describe("volumes of flows", () => {
  test("a flow is bulk with the packet that fills its window", () => {
    const volumes = new FlowVolumes();
    expect(volumes.count(HASH, HALF, 0, BULK_BYTES)).toBe(false);
    expect(volumes.count(HASH, HALF - 1, BULK_WINDOW - 2, BULK_BYTES)).toBe(false);
    expect(volumes.count(HASH, 1, BULK_WINDOW - 1, BULK_BYTES)).toBe(true);
  });

  test("a window that is over counts no more", () => {
    const volumes = new FlowVolumes();
    expect(volumes.count(HASH, BULK_BYTES - 1, 0, BULK_BYTES)).toBe(false);
    expect(volumes.count(HASH, 1, BULK_WINDOW / 2, BULK_BYTES)).toBe(true);
    const other = new FlowVolumes();
    other.count(HASH, BULK_BYTES - 1, 0, BULK_BYTES);
    expect(other.count(HASH, 0, BULK_WINDOW / 2, BULK_BYTES)).toBe(false);
    expect(other.count(HASH, BULK_BYTES - 1, BULK_WINDOW, BULK_BYTES)).toBe(false);
    expect(other.count(HASH, 1, BULK_WINDOW * 2 - 1, BULK_BYTES)).toBe(true);
  });

  test("a bulk flow stays it, however little it sends, until it has rested", () => {
    const volumes = new FlowVolumes();
    let now = 0;
    expect(volumes.count(HASH, BULK_BYTES, now, BULK_BYTES)).toBe(true);
    for (let turn = 0; turn < 10; turn++) {
      now += BULK_REST - 1;
      expect(volumes.count(HASH, 40, now, BULK_BYTES)).toBe(true);
    }
    now += BULK_REST;
    expect(volumes.count(HASH, 40, now, BULK_BYTES)).toBe(false);
    expect(volumes.count(HASH, BULK_BYTES - 41, now, BULK_BYTES)).toBe(false);
    expect(volumes.count(HASH, 1, now, BULK_BYTES)).toBe(true);
  });

  test("flows at the same places are counted apart, also the one whose hash is 0", () => {
    const volumes = new FlowVolumes();
    const hashes = Array.from({ length: FLOW_PLACES }, (_, index) => index * FLOWS_COUNTED);
    for (const hash of hashes) expect(volumes.count(hash, HALF, 0, BULK_BYTES)).toBe(false);
    for (const hash of hashes) expect(volumes.count(hash, HALF - 1, 1, BULK_BYTES)).toBe(false);
    for (const hash of hashes) expect(volumes.count(hash, 1, 2, BULK_BYTES)).toBe(true);
  });

  test("of those that share their places the one that is silent for longest is forgotten", () => {
    const volumes = new FlowVolumes();
    const hashes = Array.from({ length: FLOW_PLACES }, (_, index) => index * FLOWS_COUNTED);
    for (const hash of hashes) volumes.count(hash, BULK_BYTES, hash === FLOWS_COUNTED ? 1 : 2, BULK_BYTES);
    expect(volumes.count(FLOW_PLACES * FLOWS_COUNTED, 40, 3, BULK_BYTES)).toBe(false);
    for (const hash of hashes.filter((hash) => hash !== FLOWS_COUNTED))
      expect(volumes.count(hash, 40, 4, BULK_BYTES)).toBe(true);
    expect(volumes.count(FLOWS_COUNTED, 40, 5, BULK_BYTES)).toBe(false);
  });

  test("places go on from the end of the table at its beginning", () => {
    const volumes = new FlowVolumes();
    const last = FLOWS_COUNTED - 1;
    expect(volumes.count(last, BULK_BYTES, 0, BULK_BYTES)).toBe(true);
    expect(volumes.count(last + FLOWS_COUNTED, BULK_BYTES, 0, BULK_BYTES)).toBe(true);
    expect(volumes.count(last, 40, 1, BULK_BYTES)).toBe(true);
    expect(volumes.count(last + FLOWS_COUNTED, 40, 1, BULK_BYTES)).toBe(true);
  });

  test("who sends twice the volume in any window is found, and who never sends it in one is not", () => {
    const packet = fc.record({
      wait: fc.oneof(fc.nat(2_000), fc.nat(12_000)),
      size: fc.oneof(fc.nat(65_535), fc.nat(BULK_BYTES / 2)),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
        const volumes = new FlowVolumes();
        let now = 0;
        const sent: { at: number; size: number }[] = [];
        let wasBulk = false;
        for (const { wait, size } of packets) {
          now += wait;
          if (wait >= BULK_REST) wasBulk = false;
          sent.push({ at: now, size });
          const recent = sent.filter(({ at }) => now - at < BULK_WINDOW).reduce((sum, one) => sum + one.size, 0);
          const isBulk = volumes.count(HASH, size, now, BULK_BYTES);
          if (wasBulk || recent >= 2 * BULK_BYTES) expect(isBulk).toBe(true);
          if (!wasBulk && recent < BULK_BYTES) expect(isBulk).toBe(false);
          wasBulk = isBulk;
        }
      }),
      { numRuns: 500 },
    );
  });
});
