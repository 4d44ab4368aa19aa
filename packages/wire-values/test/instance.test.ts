import * as fc from "fast-check";
import { expect, test } from "vitest";
import { INSTANCE_SIZE, type Instance, isLater, newInstance, readInstance, writeInstance } from "../src/index.ts";

test.each([
  ["a later start", { startedAt: 2, id: "00" }, { startedAt: 1, id: "ff" }, true],
  ["an earlier start", { startedAt: 1, id: "ff" }, { startedAt: 2, id: "00" }, false],
  ["a greater id in the same millisecond", { startedAt: 1, id: "b0" }, { startedAt: 1, id: "a0" }, true],
  ["a smaller id in the same millisecond", { startedAt: 1, id: "a0" }, { startedAt: 1, id: "b0" }, false],
  ["the same instance", { startedAt: 1, id: "a0" }, { startedAt: 1, id: "a0" }, false],
])("%s: later is %s", (_, a, b, expected) => {
  expect(isLater(a, b)).toBe(expected);
});

test("instances have one order", () => {
  const instance = fc.record({ startedAt: fc.nat(3), id: fc.constantFrom("a", "b") });
  fc.assert(
    fc.property(instance, instance, instance, (a, b, c) => {
      const isSame = a.startedAt === b.startedAt && a.id === b.id;
      expect([isLater(a, b), isLater(b, a)].filter(Boolean)).toHaveLength(isSame ? 0 : 1);
      if (isLater(a, b) && isLater(b, c)) expect(isLater(a, c)).toBe(true);
    }),
  );
});

test("an instance comes back from its bytes, which are all that is written", () => {
  const instance: fc.Arbitrary<Instance> = fc.record({
    startedAt: fc.maxSafeNat(),
    id: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((id) => Buffer.from(id).toString("hex")),
  });
  fc.assert(
    fc.property(instance, fc.nat(4), (written, at) => {
      const bytes = new Uint8Array(INSTANCE_SIZE + 8).fill(0xa5);
      writeInstance(bytes, at, written);
      expect(readInstance(bytes, at)).toEqual(written);
      expect([...bytes.subarray(0, at), ...bytes.subarray(at + INSTANCE_SIZE)]).toEqual(Array(8).fill(0xa5));
    }),
  );
});

test("bytes that tell a time which no clock shows are no instance", () => {
  expect(readInstance(new Uint8Array(INSTANCE_SIZE).fill(0xff), 0)).toBeUndefined();
});

test("a new instance is later than an old one, and no other has its id", () => {
  const [a, b] = [newInstance(), newInstance()];
  expect(isLater(a, { startedAt: 0, id: a.id })).toBe(true);
  expect(a.id).toMatch(/^[0-9a-f]{16}$/);
  expect(a.id).not.toBe(b.id);
});
