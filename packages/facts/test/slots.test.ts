import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareFacts, floorOf, inForce, isEquivocation, newestOf, slotOf } from "../src/slots.ts";
import { factOf } from "./held.ts";
import { DAY, MINUTE, NOW, payload, record, voided } from "./records.ts";
import { order } from "./vectors.ts";

const few = fc.nat(2);
const ordered = fc.record({ epoch: few, issued: few, generation: few, id: fc.constantFrom("0a", "0b", "a0") });

describe("the order of a slot", () => {
  test("is total", () => {
    const property = fc.property(ordered, ordered, ordered, (a, b, c) => {
      const sign = (x: typeof a, y: typeof a): number => Math.sign(compareFacts(x, y));
      expect(sign(a, b) + sign(b, a)).toBe(0);
      if (sign(a, b) === 0) expect(a).toEqual(b);
      if (sign(a, b) >= 0 && sign(b, c) >= 0) expect(sign(a, c)).toBeGreaterThanOrEqual(0);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test("is epoch, issued, generation, lower id", () => {
    const facts = order.map(factOf);
    expect(facts.toReversed().sort(compareFacts)).toEqual(facts);
    expect(newestOf(facts)).toBe(facts.at(-1));
    expect(newestOf([])).toBeUndefined();
  });
});

test("slots differ by kind, scope and subject alone", () => {
  const [a, b, c] = [record({}), record({ epoch: 2 }), record({ scope: "org/acme", subject: "org/acme" })].map(factOf);
  expect(slotOf(a!)).toBe("policy cluster cluster");
  expect(slotOf(b!)).toBe(slotOf(a!));
  expect(slotOf(c!)).not.toBe(slotOf(a!));
});

test("two payloads of one epoch are an equivocation, and two signings of one payload are not", () => {
  const [a, other, later] = [record({}), record({ generation: 2 }), record({ epoch: 2 })].map(factOf);
  expect(isEquivocation(a!, other!)).toBe(true);
  expect(isEquivocation(a!, later!)).toBe(false);
  expect(isEquivocation(a!, factOf(record({}, [])))).toBe(false);
  expect(Buffer.from(a!.envelope.payload)).toEqual(payload({}));
});

describe("in force", () => {
  const [first, second, taken, again] = [
    record({}),
    record({ epoch: 2 }),
    record(voided(90, { epoch: 2 })),
    record({ epoch: 3 }),
  ].map(factOf);

  test("is the newest, until it ends", () => {
    expect(inForce([second!, first!], NOW)).toBe(second);
    expect(inForce([second!, first!], NOW + DAY)).toBeUndefined();
    expect(inForce([], NOW)).toBeUndefined();
  });

  test("is nothing up to the epoch of a void record, also after its end", () => {
    expect(floorOf([first!, second!, taken!])).toBe(2);
    expect(inForce([first!, second!, taken!], NOW)).toBeUndefined();
    expect(inForce([first!, second!, taken!, again!], NOW)).toBe(again);
    const old = factOf(record({ ...voided(90, { epoch: 9 }), issued: NOW - 95 * DAY, expires: NOW - 5 * DAY }));
    expect(inForce([old, again!], NOW + MINUTE)).toBeUndefined();
  });
});
