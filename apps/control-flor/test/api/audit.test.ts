import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Audit } from "../../src/api/audit.ts";
import { AUDIT_ENTRIES_MAX } from "../../src/api/limits.ts";

const ENTRY = { at: "2026-01-01T00:00:00.000Z", method: "GET", path: "/v1/nodes", status: 200, code: null };

test("whoever asks most fills the audit, and takes no entry of others", () => {
  const audit = new Audit();
  audit.add({ ...ENTRY, principal: "user/bob" });
  for (let each = 0; each < 2 * AUDIT_ENTRIES_MAX; each++) audit.add({ ...ENTRY, principal: "user/alice" });
  audit.add({ ...ENTRY, principal: "user/carol" });
  const { entries } = audit;
  expect(entries).toHaveLength(AUDIT_ENTRIES_MAX);
  expect(entries[0]).toMatchObject({ number: 2_002, principal: "user/carol" });
  expect(entries.at(-1)).toMatchObject({ number: 1, principal: "user/bob" });
  expect(entries.at(-2)).toMatchObject({ number: 2_002 - (AUDIT_ENTRIES_MAX - 2), principal: "user/alice" });
});

test("however many principals ask, the audit keeps its bound, a share of each, and the newest of each", () => {
  const turn = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 400 }));
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 20 }), (turns) => {
      const audit = new Audit();
      const asked = new Map<string, number[]>();
      for (const [who, times] of turns) {
        const principal = `user/${who}`;
        for (let each = 0; each < times; each++) {
          const { number } = audit.add({ ...ENTRY, principal });
          asked.set(principal, [...(asked.get(principal) ?? []).slice(-AUDIT_ENTRIES_MAX), number]);
        }
      }
      const { entries } = audit;
      expect(entries.length).toBe(Math.min(audit.requests, AUDIT_ENTRIES_MAX));
      expect(entries.map(({ number }) => number)).toEqual(
        entries.map(({ number }) => number).toSorted((a, b) => b - a),
      );
      for (const [principal, numbers] of asked) {
        const kept = entries.filter((entry) => entry.principal === principal).map(({ number }) => number);
        expect(kept.toReversed()).toEqual(numbers.slice(-kept.length));
        expect(kept.length).toBeGreaterThanOrEqual(
          Math.min(numbers.length, Math.floor(AUDIT_ENTRIES_MAX / asked.size)),
        );
      }
    }),
    { numRuns: 30 },
  );
});

test("more principals than entries leave the audit at its bound", () => {
  const audit = new Audit();
  for (let each = 0; each < AUDIT_ENTRIES_MAX + 10; each++) audit.add({ ...ENTRY, principal: `user/${each}` });
  expect(audit.entries).toHaveLength(AUDIT_ENTRIES_MAX);
  expect(audit.entries.at(-1)).toMatchObject({ principal: "user/10" });
});
