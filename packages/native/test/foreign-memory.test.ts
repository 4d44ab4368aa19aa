import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { weigh } from "../src/index.ts";

const OBJECTS = 4_000;

/** The largest number of unreferenced objects that exist at a time. */
async function mostThere(weight: number): Promise<number> {
  const objects: WeakRef<object>[] = [];
  let most = 0;
  for (let i = 0; i < OBJECTS; i++) {
    objects.push(newObject(weight));
    if (i % 16 > 0) continue;
    await nextTurn();
    most = Math.max(most, objects.filter((object) => object.deref() !== undefined).length);
    // An object that was looked at stays until the turn is over.
    await nextTurn();
  }
  return most;
}

function newObject(weight: number): WeakRef<object> {
  const object = {};
  weigh(object, weight);
  return new WeakRef(object);
}

test("the more an object is told to weigh, the sooner it is collected when nobody has it any more", async () => {
  expect(await mostThere(1 << 20)).toBeLessThan(OBJECTS / 2);
});

test("what is no object weighs nothing", () => {
  expect(() => weigh(7 as unknown as object, 1)).toThrow(expect.objectContaining({ code: "ERR_NATIVE_REFUSED" }));
});
