import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditEntry } from "../../src/api/audit.ts";
import { newAudit } from "./an-audit.ts";
import { AUDIT_ENTRIES_MAX } from "../../src/api/limits.ts";

const ENTRY = {
  at: "2026-01-01T00:00:00.000Z",
  replica: "c",
  method: "GET",
  path: "/v1/nodes",
  status: 200,
  code: null,
};

test("whoever asks most fills the audit, and takes no entry of others", () => {
  const audit = newAudit();
  audit.add({ ...ENTRY, principal: "user/bob" });
  for (let each = 0; each < 2 * AUDIT_ENTRIES_MAX; each++) audit.add({ ...ENTRY, principal: "user/alice" });
  audit.add({ ...ENTRY, principal: "user/carol" });
  const { entries } = audit;
  expect(entries).toHaveLength(AUDIT_ENTRIES_MAX);
  expect(entries[0]).toMatchObject({ number: 2 * AUDIT_ENTRIES_MAX + 2, principal: "user/carol" });
  expect(entries.at(-1)).toMatchObject({ number: 1, principal: "user/bob" });
  expect(entries.at(-2)).toMatchObject({
    number: 2 * AUDIT_ENTRIES_MAX + 2 - (AUDIT_ENTRIES_MAX - 2),
    principal: "user/alice",
  });
});

test("however many principals ask, the audit keeps its bound, a share of each, and the newest of each", () => {
  const turn = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 4_000 }));
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
      const audit = newAudit();
      const asked = new Map<string, number[]>();
      for (const [who, times] of turns) {
        const principal = `user/${who}`;
        for (let each = 0; each < times; each++) {
          const { number } = audit.add({ ...ENTRY, principal });
          const numbers = asked.get(principal);
          if (numbers === undefined) asked.set(principal, [number]);
          else numbers.push(number);
        }
      }
      const { entries } = audit;
      expect(entries.length).toBe(Math.min(audit.entries[0]?.number ?? 0, AUDIT_ENTRIES_MAX));
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
    { numRuns: 12 },
  );
});

test("more principals than entries leave the audit at its bound", () => {
  const audit = newAudit();
  for (let each = 0; each < AUDIT_ENTRIES_MAX + 10; each++) audit.add({ ...ENTRY, principal: `user/${each}` });
  expect(audit.entries).toHaveLength(AUDIT_ENTRIES_MAX);
  expect(audit.entries.at(-1)).toMatchObject({ principal: "user/10" });
});

test("whoever reads much takes no entry of its own changes", () => {
  const audit = newAudit();
  const change = { at: ENTRY.at, replica: "c", principal: "user/alice", method: "POST", path: "/v1/proposals" };
  audit.end(audit.begin(change), 201, null);
  for (let each = 0; each < AUDIT_ENTRIES_MAX + 5; each++) audit.add({ ...ENTRY, principal: "user/alice" });
  expect(audit.entries.at(-1)).toEqual({ number: 1, ...change, status: 201, code: null });
});

test("whoever brings much in vain takes no entry of its own changes, also after a restart", () => {
  const written: AuditEntry[] = [];
  const audit = newAudit({ append: (entry) => written.push(entry) > 0 });
  const change = { at: ENTRY.at, replica: "c", principal: "user/alice", method: "POST", path: "/v1/proposals" };
  audit.end(audit.begin(change), 201, null);
  for (let each = 0; each < AUDIT_ENTRIES_MAX + 5; each++)
    if (each % 2 === 0) audit.add({ ...change, status: 403, code: "ERR_CONTROL_PROPOSER" });
    else audit.end(audit.begin(change), 409, "ERR_CONTROL_CONFLICT");
  audit.end(audit.begin(change), 200, null);
  const { entries } = audit;
  expect(entries).toHaveLength(AUDIT_ENTRIES_MAX);
  expect(entries.filter(({ status }) => status! < 400).map(({ number }) => number)).toEqual([AUDIT_ENTRIES_MAX + 7, 1]);
  expect(newAudit({ kept: written }).entries).toEqual(entries);
});

test("a change is on the disk before it is done, and nobody waits for the disk at its end", () => {
  const lasting: boolean[] = [];
  const audit = newAudit({ append: (_, isLasting) => lasting.push(isLasting) > 0 });
  audit.end(audit.begin({ ...ENTRY, method: "POST", principal: "user/alice" }), 201, null);
  audit.add({ ...ENTRY, principal: "user/alice" });
  expect(lasting).toEqual([true, false, false]);
});

test("a change that cannot be noted is refused, and leaves no entry; what is read is answered", () => {
  const audit = newAudit({ append: () => false });
  const change = { at: ENTRY.at, replica: "c", principal: "user/alice", method: "POST", path: "/v1/proposals" };
  expect(() => audit.begin(change)).toThrow(expect.objectContaining({ code: "ERR_CONTROL_AUDIT" }));
  expect(audit.entries).toEqual([]);
  expect(audit.add({ ...ENTRY, principal: "user/alice" }).number).toBe(1);
});

test("a change that has begun is told without a status, as long as nobody knows what came of it", () => {
  const written: unknown[] = [];
  const audit = newAudit({ append: (entry) => written.push(entry) > 0 });
  const change = { at: ENTRY.at, replica: "c", principal: "user/alice", method: "POST", path: "/v1/proposals" };
  const begun = audit.begin(change);
  expect(audit.entries).toMatchObject([{ number: 1, status: null }]);
  audit.add({ ...ENTRY, principal: "user/bob" });
  audit.end(begun, 409, "ERR_CONTROL_CONFLICT");
  expect(audit.entries).toMatchObject([{ number: 2 }, { number: 1, status: 409, code: "ERR_CONTROL_CONFLICT" }]);
  expect(newAudit({ kept: written as never }).entries).toEqual(audit.entries);
});
