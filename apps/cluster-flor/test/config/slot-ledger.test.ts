import { GENERATIONS, slotOf, SLOTS_MAX, successorOf } from "@florenetes/forwarding";
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SlotLedger } from "../../src/config/slot-ledger.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff }));

describe("a ledger of numbers", () => {
  test("a million things that come and go have a million numbers, in the slots of two thousand", () => {
    const ledger = new SlotLedger();
    const seen = new Uint8Array(GENERATIONS * 2048);
    for (let thing = 0; thing < 1_000_000; thing++) {
      const keys = new Set(["stays", `goes ${thing - 1}`, `goes ${thing}`]);
      if (ledger.take("stays") !== 0) expect.fail("what stays has another number");
      const number = ledger.take(`goes ${thing}`);
      const at = Math.floor(number / SLOTS_MAX) * 2048 + slotOf(number);
      if (slotOf(number) >= 2048 || seen[at] !== 0) expect.fail(`${number} has come before`);
      seen[at] = 1;
      ledger.retain(keys);
    }
    expect(ledger.slots).toBeLessThan(2048);
  });

  test("whatever is taken and given back: a key keeps its number, and no two share a slot", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const ledger = new SlotLedger(64);
        let held = new Map<string, number>();
        for (let step = 0; step < 200; step++) {
          const former = held;
          held = new Map();
          for (let name = 0; name < 30; name++) {
            const key = `${Math.floor(random.next() * 60)}`;
            const number = ledger.take(key);
            expect(former.get(key) ?? held.get(key) ?? number).toBe(number);
            held.set(key, number);
          }
          ledger.retain(new Set(held.keys()));
          const all = [...former, ...held];
          expect(new Set(all.map(([, number]) => slotOf(number))).size).toBe(new Set(all.map(([key]) => key)).size);
          expect(ledger.slots).toBeLessThanOrEqual(64);
        }
      }),
      { numRuns: runs(200, 30) },
    );
  });

  test("slots rest before they are used again, unless there are no others", () => {
    const ledger = new SlotLedger(2);
    expect([ledger.take("a"), ledger.take("b")]).toEqual([0, 1]);
    ledger.retain(new Set());
    expect([ledger.take("c"), ledger.take("b")]).toEqual([successorOf(0), successorOf(1)]);
    expect(() => ledger.take("d")).toThrow("slots");
  });

  test("a number comes again when all generations of its slot were had", () => {
    let number = 7;
    for (let generation = 1; generation < GENERATIONS; generation++) {
      number = successorOf(number);
      expect([number > 7, slotOf(number)]).toEqual([true, 7]);
    }
    expect([number < 2 ** 31, successorOf(number)]).toEqual([true, 7]);
  });
});

describe("things by their numbers", () => {
  test("a thing is found by the very number that it was set by, and by no other of its slot", () => {
    const things = new SlotMap([[2, "former"]]);
    const next = successorOf(2);
    expect(() => things.set(next, "next")).toThrow("free");
    expect([things.delete(next), things.delete(2), things.delete(2)]).toEqual([undefined, "former", undefined]);
    things.set(next, "next");
    expect([2, next, successorOf(next), 0, -1, 2 ** 31 - 1].map((number) => things.get(number))).toEqual([
      undefined,
      "next",
      ...Array.from({ length: 4 }, () => undefined),
    ]);
    expect([things.size, things.has(2), things.has(next)]).toEqual([1, false, true]);
    things.set(0, "other");
    things.set(next, "changed");
    expect([...things]).toEqual([
      [0, "other"],
      [next, "changed"],
    ]);
    expect([[...things.keys()], [...things.values()]]).toEqual([
      [0, next],
      ["other", "changed"],
    ]);
  });
});
