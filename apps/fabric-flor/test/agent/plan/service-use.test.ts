import { type Fact, floorOf, readFact } from "@florenetes/facts";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FALLBACKS_MAX } from "../../../src/agent/limits.ts";
import { ServiceUse } from "../../../src/agent/plan/service-use.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW);

function record(epoch: number, changes: { readonly expires?: number; readonly isVoid?: boolean } = {}): Fact {
  const { expires = NOW + 30 * DAY, isVoid = false } = changes;
  const fact = readFact(
    cluster.service("web", ["b"], { epoch, expires, ...(isVoid && { void: true, body: {} }) }),
    "demo",
  );
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}

const idsOf = (use: ServiceUse) => ({
  active: use.active?.epoch,
  candidate: use.candidate?.epoch,
  fallbacks: use.fallbacks.map(({ epoch }) => epoch),
});

test("the first record is a candidate until it is proven, and each newer one too", () => {
  const use = new ServiceUse("web");
  const records = [record(1)];
  use.handleRecords(records, NOW);
  expect(idsOf(use)).toEqual({ active: undefined, candidate: 1, fallbacks: [] });
  use.handleProven();
  expect(idsOf(use)).toEqual({ active: 1, candidate: undefined, fallbacks: [] });
  for (const epoch of [2, 3, 4, 5]) {
    records.unshift(record(epoch));
    use.handleRecords(records, NOW);
    expect(idsOf(use)).toMatchObject({ active: epoch - 1, candidate: epoch });
    use.handleProven();
  }
  expect(idsOf(use)).toEqual({ active: 5, candidate: undefined, fallbacks: [4, 3] });
});

test("a newer record that is never proven takes no active one's place, nor does one that comes in its place", () => {
  const use = new ServiceUse("web");
  const active = record(1);
  use.handleRecords([active], NOW);
  use.handleProven();
  for (const epoch of [2, 3]) {
    use.handleRecords([active, record(epoch)], NOW + epoch);
    expect(idsOf(use)).toEqual({ active: 1, candidate: epoch, fallbacks: [] });
  }
});

test("when the active one ends, the newest fallback is active again, and nothing is when none is left", () => {
  const use = new ServiceUse("web");
  const [first, second] = [record(1), record(2, { expires: NOW + DAY })];
  use.handleRecords([first], NOW);
  use.handleProven();
  use.handleRecords([first, second], NOW);
  use.handleProven();
  expect(idsOf(use)).toMatchObject({ active: 2, fallbacks: [1] });
  use.handleRecords([first, second], NOW + DAY);
  expect(idsOf(use)).toEqual({ active: 1, candidate: undefined, fallbacks: [] });
  use.handleRecords([], NOW + DAY);
  expect(idsOf(use)).toEqual({ active: undefined, candidate: undefined, fallbacks: [] });
});

test("a void record ends all that is not above it, at once", () => {
  const use = new ServiceUse("web");
  use.handleRecords([record(1)], NOW);
  use.handleProven();
  use.handleRecords([record(1), record(2, { isVoid: true })], NOW);
  expect(idsOf(use)).toEqual({ active: undefined, candidate: undefined, fallbacks: [] });
  use.handleRecords([record(1), record(2, { isVoid: true }), record(3)], NOW);
  expect(idsOf(use)).toMatchObject({ active: undefined, candidate: 3 });
});

test("it is the same after a restart, with what has not ended meanwhile", () => {
  const use = new ServiceUse("web");
  const records = [record(1, { expires: NOW + DAY }), record(2), record(3)];
  for (let count = 1; count <= 3; count++) {
    use.handleRecords(records.slice(0, count), NOW);
    use.handleProven();
  }
  const again = new ServiceUse("web", use.kept);
  again.handleRecords(records, NOW);
  expect(idsOf(again)).toEqual(idsOf(use));
  again.handleRecords(records, NOW + DAY);
  expect(idsOf(again)).toEqual({ active: 3, candidate: undefined, fallbacks: [2] });
});

test("whatever comes, ends, is proven: what is in use is live, the active one was proven, and fallbacks are few and older", () => {
  const facts = Array.from({ length: 6 }, (_, at) => [
    record(at + 1, { expires: NOW + (1 + (at % 3)) * DAY }),
    record(at + 1, { isVoid: true }),
  ]).flat();
  const step = fc.record({
    held: fc.subarray(facts),
    isProven: fc.boolean(),
    isRestarted: fc.boolean(),
    pauseMs: fc.integer({ min: 0, max: DAY / 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let use = new ServiceUse("web");
      let now = NOW;
      const proven = new Set<string>();
      for (const { held, isProven, isRestarted, pauseMs } of steps) {
        now += pauseMs;
        if (isRestarted) use = new ServiceUse("web", use.kept);
        use.handleRecords(held, now);
        if (isProven && use.candidate !== undefined) {
          proven.add(use.candidate.id);
          use.handleProven();
        }
        const floor = floorOf(held);
        for (const fact of use.inUse) {
          expect(held).toContain(fact);
          expect(now < fact.expires && fact.epoch > floor && fact.void).toBeFalsy();
          expect(now).toBeLessThan(fact.expires);
          expect(fact.epoch).toBeGreaterThan(floor);
        }
        if (use.active !== undefined) expect(proven).toContain(use.active.id);
        if (use.active !== undefined && use.candidate !== undefined)
          expect(use.candidate.epoch).toBeGreaterThanOrEqual(use.active.epoch);
        expect(use.fallbacks.length).toBeLessThanOrEqual(FALLBACKS_MAX);
        expect(new Set(use.inUse).size).toBe(use.inUse.length);
      }
    }),
    { numRuns: runs(2_000, 200) },
  );
});
