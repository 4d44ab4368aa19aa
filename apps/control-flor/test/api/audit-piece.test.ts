import { expect, test } from "vitest";
import type { Audit } from "../../src/api/audit.ts";
import { auditPiece } from "../../src/api/audit-piece.ts";
import { AUDIT_PIECE_SIZE_MAX, AUDIT_WAIT_MS } from "../../src/api/limits.ts";
import { newAudit } from "./an-audit.ts";

const WALL = Date.parse("2026-11-30T12:00:00.000Z");
const AT = new Date(WALL).toISOString();
const asked = (path = "/v1/nodes") => ({ at: AT, replica: "b", principal: "user/alice", method: "GET", path });

function answered(audit: Audit, count: number, path?: string): void {
  for (let at = 0; at < count; at++) audit.add({ ...asked(path), status: 200, code: null });
}

function numbersOf(text: string): readonly number[] {
  return text
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly number: number }).number);
}

test("a piece has the entries behind the one before, the oldest first", () => {
  const audit = newAudit();
  expect(auditPiece(audit, "", "b", WALL)).toBeUndefined();
  answered(audit, 3);
  const first = auditPiece(audit, "", "b", WALL)!;
  expect(first).toMatchObject({
    name: "audit.b.0123456789abcdef.000000000001-000000000003.20261130T120000Z.jsonl",
    cursor: `0123456789abcdef/3/${WALL}`,
    isLast: true,
  });
  expect(numbersOf(first.text)).toEqual([1, 2, 3]);
  expect(auditPiece(audit, first.cursor, "b", WALL)).toBeUndefined();
  answered(audit, 2);
  expect(numbersOf(auditPiece(audit, first.cursor, "b", WALL)!.text)).toEqual([4, 5]);
});

test.each([`fedcba9876543210/2/${WALL}`, "2", "x/y", "0123456789abcdef/-1/0", "0123456789abcdef/2"])(
  "the cursor %s counts as none",
  (cursor) => {
    const audit = newAudit();
    answered(audit, 3);
    expect(numbersOf(auditPiece(audit, cursor, "b", WALL)!.text)).toEqual([1, 2, 3]);
  },
);

test("entries that have taken the numbers of others, which the disk had lost, are kept, however many have come", () => {
  const before = newAudit();
  answered(before, 3);
  const { cursor } = auditPiece(before, "", "b", WALL)!;
  const after = newAudit();
  for (let count = 1; count <= 5; count++) {
    const at = new Date(WALL + count).toISOString();
    after.add({ ...asked(), at, status: 200, code: null });
    expect(numbersOf(auditPiece(after, cursor, "b", WALL)!.text)).toHaveLength(count);
  }
});

test("a change that is under way holds back what comes behind it, for some minutes", () => {
  const audit = newAudit();
  answered(audit, 1);
  const begun = audit.begin({ ...asked(), method: "POST" });
  answered(audit, 1);
  expect(numbersOf(auditPiece(audit, "", "b", WALL)!.text)).toEqual([1]);
  expect(numbersOf(auditPiece(audit, "", "b", WALL + AUDIT_WAIT_MS)!.text)).toEqual([1, 2, 3]);
  audit.end(begun, 201, null);
  expect(auditPiece(audit, "", "b", WALL)!.text).toContain('"status":201');
});

test("large audits come in pieces of about a mebibyte, of which none misses or repeats anything", () => {
  const audit = newAudit();
  answered(audit, 9_000, `/v1/${"x".repeat(200)}`);
  const numbers: number[] = [];
  let isLast = false;
  for (let cursor = ""; !isLast;) {
    const piece = auditPiece(audit, cursor, "b", WALL)!;
    expect(piece.text.length).toBeLessThanOrEqual(AUDIT_PIECE_SIZE_MAX);
    numbers.push(...numbersOf(piece.text));
    ({ cursor, isLast } = piece);
  }
  expect(numbers).toEqual(Array.from({ length: 9_000 }, (_, at) => at + 1));
});
