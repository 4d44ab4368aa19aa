import { assert, boolean, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { POST_SIZE_MAX, POST_PARTS_MAX } from "../../src/log/limits.ts";
import { joinsPlaceOf, readPost, releasesPlaceOf, renewalsPlaceOf, writePost } from "../../src/log/programs-post.ts";
import { alpha, beta } from "../records.ts";

test("a post has the first ones of the records, as many as there is room for", () => {
  const records = Array.from({ length: 20 }, (_, at) => Buffer.alloc(500, at));
  expect(readPost(writePost(records))).toEqual(records.slice(0, POST_PARTS_MAX));
  const large = [Buffer.alloc(16_500, 1), Buffer.alloc(2_000, 2), Buffer.alloc(10, 3)];
  expect(readPost(writePost(large))).toEqual(large.slice(0, 1));
  expect(readPost(writePost([]))).toEqual([]);
});

test("a program's post has a place of its own: the key may sign checkpoints, too, and have another rule", () => {
  expect(renewalsPlaceOf(alpha.keyId)).toMatch(/^[0-9a-f]{64}$/);
  const all = [alpha, beta].flatMap(({ keyId }) => [
    keyId,
    renewalsPlaceOf(keyId),
    joinsPlaceOf(keyId),
    releasesPlaceOf(keyId),
  ]);
  expect(new Set(all).size).toBe(8);
});

test("whatever a post has, at most 16 records are read of it, and none beyond its end", () => {
  assert(
    property(uint8Array({ maxLength: 300 }), boolean(), (noise, hasVersion) => {
      const octets = hasVersion ? Buffer.concat([Buffer.of(1), noise]) : Buffer.from(noise);
      const records = readPost(octets);
      expect(records.length).toBeLessThanOrEqual(POST_PARTS_MAX);
      expect(records.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(octets.length);
    }),
  );
  expect(readPost(Buffer.alloc(POST_SIZE_MAX + 1, 1))).toEqual([]);
  expect(readPost(Buffer.concat([Buffer.of(1), Buffer.alloc(4 * 40)]))).toHaveLength(POST_PARTS_MAX);
});
