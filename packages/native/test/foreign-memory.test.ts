import { expect, test } from "vitest";
import { weigh } from "../src/index.ts";

/** Objects that are made between two looks: too few and too small for a collection, but for what they are told to weigh. */
const OBJECTS_A_LOOK = 64;
/** Within this time nothing else asks for a collection: it would take 8 s of such looks. */
const PATIENCE = { timeout: 4_000, interval: 50 };

test("objects that are told to weigh much are collected when nobody has them any more", async () => {
  let collected = 0;
  // A WeakRef that is looked at keeps its object through the collection that is going on.
  const registry = new FinalizationRegistry(() => collected++);
  const makeSome = (): number => {
    for (let i = 0; i < OBJECTS_A_LOOK; i++) {
      const object = {};
      weigh(object, 1 << 20);
      registry.register(object, undefined);
    }
    return collected;
  };
  await expect.poll(makeSome, PATIENCE).toBeGreaterThan(0);
});

test("what is no object weighs nothing", () => {
  expect(() => weigh(7 as unknown as object, 1)).toThrow(expect.objectContaining({ code: "ERR_NATIVE_REFUSED" }));
});
