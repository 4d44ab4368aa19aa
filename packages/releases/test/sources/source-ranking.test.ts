import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PAUSE_MS, PAUSE_MS_MAX, RETRY_AFTER_MS_MAX, SOURCES_MAX } from "../../src/sources/limits.ts";
import { sourcesAmong } from "../../src/sources/source-names.ts";
import { SOURCE_FAULTS, type SourceKind, SourceRanking } from "../../src/sources/source-ranking.ts";

const KINDS = new Map<string, SourceKind>([
  ["store", "store"],
  ["near", "cache"],
  ["far", "cache"],
  ["unknown", "cache"],
]);

function ranked(): SourceRanking {
  const ranking = new SourceRanking();
  ranking.handleSources(KINDS);
  ranking.handleRoundTrip("far", 80);
  ranking.handleRoundTrip("near", 5);
  ranking.handleRoundTrip("store", 1);
  return ranking;
}

test("caches come first, the nearest of them at once, and stores behind them, however near they are", () => {
  expect(ranked().order(0)).toEqual(["near", "far", "unknown", "store"]);
  expect(ranked().unmeasured(0)).toEqual(["unknown"]);
});

test.each(SOURCE_FAULTS)("a source that is %s is left alone for a pause that grows to its bound", (fault) => {
  const ranking = ranked();
  let now = 0;
  let pause: number = PAUSE_MS[fault];
  for (let count = 0; count < 20; count++) {
    ranking.handleFault("near", fault, now);
    expect(ranking.order(now + pause - 1)).not.toContain("near");
    expect(ranking.nextTimeout(now)).toBe(now + pause);
    expect(ranking.order(now + pause)).toContain("near");
    now += pause;
    pause = Math.min(2 * pause, PAUSE_MS_MAX[fault]);
  }
  expect(pause).toBe(PAUSE_MS_MAX[fault]);
});

test("liars are left alone longest, and a good file makes up for other faults only", () => {
  expect(Math.max(...SOURCE_FAULTS.map((fault) => PAUSE_MS_MAX[fault]))).toBe(PAUSE_MS_MAX.lying);
  const ranking = ranked();
  for (const fault of ["slow", "lying"] as const) {
    ranking.handleFault("near", fault, 0);
    ranking.handleFault("near", fault, 0);
    ranking.handleSuccess("near");
  }
  ranking.handleFault("far", "slow", 0);
  ranking.handleSuccess("far");
  ranking.handleFault("far", "slow", 0);
  expect(ranking.order(PAUSE_MS.slow)).toContain("far");
  const later = 2 * PAUSE_MS.lying;
  ranking.handleFault("near", "lying", later);
  expect(ranking.order(later + 4 * PAUSE_MS.lying - 1)).not.toContain("near");
});

test("a full source is left alone for as long as it asks, within a bound, and one that comes back keeps its standing", () => {
  const ranking = ranked();
  ranking.handleFault("near", "full", 0, 10 * RETRY_AFTER_MS_MAX);
  expect(ranking.order(RETRY_AFTER_MS_MAX - 1)).not.toContain("near");
  expect(ranking.order(RETRY_AFTER_MS_MAX)).toContain("near");
  ranking.handleFault("near", "lying", 0);
  ranking.handleSources(new Map([["store", "store"]]));
  expect(ranking.order(0)).toEqual(["store"]);
  ranking.handleSources(KINDS);
  expect(ranking.order(0)).not.toContain("near");
});

test("whatever happens, each source may be asked again within a bound, and no more are remembered than there may be", () => {
  const names = fc.constantFrom("near", "far", "store", "unknown", "nobody");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("fault"), name: names, fault: fc.constantFrom(...SOURCE_FAULTS), ms: fc.nat(1e9) }),
    fc.record({ kind: fc.constant("success"), name: names, fault: fc.constant("full"), ms: fc.nat(1e9) }),
    fc.record({ kind: fc.constant("wait"), name: names, fault: fc.constant("full"), ms: fc.nat(1e9) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ranking = ranked();
      let now = 0;
      for (const { kind, name, fault, ms } of steps) {
        if (kind === "fault") ranking.handleFault(name, fault, now, ms);
        else if (kind === "success") ranking.handleSuccess(name);
        else now += ms;
      }
      expect(ranking.order(now + PAUSE_MS_MAX.lying)).toHaveLength(KINDS.size);
    }),
  );
  const many = new SourceRanking();
  for (let round = 0; round < 3; round++) {
    const some = Array.from({ length: SOURCES_MAX + 10 }, (_, at): [string, SourceKind] => [`${round}-${at}`, "cache"]);
    many.handleSources(new Map(some));
    expect(many.order(0)).toHaveLength(SOURCES_MAX);
  }
});

test("stores and caches are told by the names of their services, and one's own is none of them", () => {
  const services = ["web", "update-store", "update-store.b", "update-storey", "update-cache.a", "update-cache.b"];
  expect([...sourcesAmong(services, "update-cache.a")]).toEqual([
    ["update-store", "store"],
    ["update-store.b", "store"],
    ["update-cache.b", "cache"],
  ]);
});
