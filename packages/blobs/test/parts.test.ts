import * as fc from "fast-check";
import { expect, test } from "vitest";
import { partsOf } from "../src/index.ts";

test("parts of an object are its octets, whole and in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), fc.nat(60), fc.nat(60), (sizes, a, b) => {
      const shards = sizes.map((size, at) => ({ hash: String(at), size }));
      const whole = shards.flatMap(({ hash, size }) => Array.from({ length: size }, (_, at) => `${hash} ${at}`));
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const read = partsOf(shards, first, last + 1).flatMap(({ shard, from, to, at }) => {
        expect(whole[at]).toBe(`${shard.hash} 0`);
        return Array.from({ length: to - from }, (_, each) => `${shard.hash} ${from + each}`);
      });
      expect(read).toEqual(whole.slice(first, last + 1));
    }),
  );
});
