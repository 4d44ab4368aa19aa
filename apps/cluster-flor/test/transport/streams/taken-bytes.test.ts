import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TAKEN_STEP } from "../../../src/transport/limits.ts";
import { TakenBytes } from "../../../src/transport/streams/taken-bytes.ts";

/** Vectors that a program in a third language has made; both engines read them. */
const vectors = JSON.parse(readFileSync(new URL("../../../vectors/stream-taken.json", import.meta.url), "utf8")) as {
  heard: [bytes: number, hasEnded: boolean, offset: number, isEnd: boolean, mayBe: boolean][][];
  told: [received: number, offset: number, isEnd: boolean, isDue: boolean][][];
};

test("the vectors are judged as the native engine judges them", () => {
  for (const steps of vectors.heard) {
    const taken = new TakenBytes();
    const judged = steps.map(([bytes, hasEnded, offset, isEnd]) =>
      taken.handleHeard({ offset, isEnd }, { bytes, hasEnded }),
    );
    expect(judged).toEqual(steps.map(([, , , , mayBe]) => mayBe));
  }
  for (const steps of vectors.told) {
    const taken = new TakenBytes();
    const told = steps.map(([received, offset, isEnd]) => {
      const isDue = taken.isDue({ offset, isEnd }, received);
      if (isDue) taken.handleTold({ offset, isEnd });
      return isDue;
    });
    expect(told).toEqual(steps.map(([, , , isDue]) => isDue));
  }
});

const at = (offset: number) => ({ offset, isEnd: false });
const endAt = (offset: number) => ({ offset, isEnd: true });

test("all that has come is told, or enough of it, and the end once", () => {
  const taken = new TakenBytes();
  expect([taken.isDue(at(0), 0), taken.isDue(at(9), 10), taken.isDue(at(10), 10)]).toEqual([false, false, true]);
  taken.handleTold(at(10));
  const enough = 10 + TAKEN_STEP;
  expect(taken.isDue(at(10), 10)).toBe(false);
  expect([enough - 1, enough].map((offset) => taken.isDue(at(offset), 2 * enough))).toEqual([false, true]);
  expect(taken.isDue(endAt(10), 10)).toBe(true);
  taken.handleTold(endAt(10));
  expect([taken.isDue(endAt(10), 10), taken.isEndTold]).toEqual([false, true]);
});

test("a peer goes on, and not beyond what was sent", () => {
  const taken = new TakenBytes();
  const open = { bytes: 10, hasEnded: false };
  const ended = { bytes: 10, hasEnded: true };
  const hears = [at(0), at(4), at(4), at(3), at(11), endAt(10)].map((it) => taken.handleHeard(it, open));
  expect(hears).toEqual([false, true, false, false, false, false]);
  const later = [endAt(9), at(2 ** 64), at(10), endAt(10), endAt(10), at(10)];
  expect(later.map((it) => taken.handleHeard(it, ended))).toEqual([false, false, true, true, false, false]);
  expect(new TakenBytes().handleHeard(endAt(0), { bytes: 0, hasEnded: true })).toBe(true);
});

test("whatever a peer tells, what is believed only grows, up to what was sent", () => {
  const notice = fc.record({ offset: fc.nat(20), isEnd: fc.boolean() });
  const step = fc.record({ notice, more: fc.nat(5), ends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const taken = new TakenBytes();
      const sent = { bytes: 0, hasEnded: false };
      let believed = at(0);
      for (const { notice: told, more, ends } of steps) {
        if (!sent.hasEnded) sent.bytes += more;
        sent.hasEnded ||= ends;
        if (!taken.handleHeard(told, sent)) continue;
        expect(believed.isEnd).toBe(false);
        expect(told.offset).toBeGreaterThanOrEqual(believed.offset);
        expect(told.offset).toBeLessThanOrEqual(sent.bytes);
        if (told.isEnd) expect(told.offset).toBe(sent.bytes);
        believed = told;
      }
      expect(taken.isEndHeard).toBe(believed.isEnd);
    }),
  );
});
