import { assert, boolean, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { POST_SIZE_MAX, RENEWALS_A_POST } from "../../src/log/limits.ts";
import { readRenewals, renewalsPlaceOf, writeRenewals } from "../../src/log/renewals-post.ts";
import { alpha, beta } from "../records.ts";

test("a post has the first ones of the records, as many as there is room for", () => {
  const records = Array.from({ length: 20 }, (_, at) => Buffer.alloc(500, at));
  expect(readRenewals(writeRenewals(records))).toEqual(records.slice(0, RENEWALS_A_POST));
  const large = [Buffer.alloc(16_500, 1), Buffer.alloc(2_000, 2), Buffer.alloc(10, 3)];
  expect(readRenewals(writeRenewals(large))).toEqual(large.slice(0, 1));
  expect(readRenewals(writeRenewals([]))).toEqual([]);
});

test("a program's post has a place of its own: the key may sign checkpoints, too", () => {
  expect(renewalsPlaceOf(alpha.keyId)).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set([alpha.keyId, renewalsPlaceOf(alpha.keyId), renewalsPlaceOf(beta.keyId)]).size).toBe(3);
});

test("whatever a post has, at most 16 records are read of it, and none beyond its end", () => {
  assert(
    property(uint8Array({ maxLength: 300 }), boolean(), (noise, hasVersion) => {
      const octets = hasVersion ? Buffer.concat([Buffer.of(1), noise]) : Buffer.from(noise);
      const records = readRenewals(octets);
      expect(records.length).toBeLessThanOrEqual(RENEWALS_A_POST);
      expect(records.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(octets.length);
    }),
  );
  expect(readRenewals(Buffer.alloc(POST_SIZE_MAX + 1, 1))).toEqual([]);
  expect(readRenewals(Buffer.concat([Buffer.of(1), Buffer.alloc(4 * 40)]))).toHaveLength(RENEWALS_A_POST);
});
