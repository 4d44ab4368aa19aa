import * as fc from "fast-check";
import { expect, test } from "vitest";
import { KeptCourse } from "../../src/keep/kept-course.ts";
import { KEEP_AGAIN_MS, KEEP_MS, PIECES_AT_ONCE_MAX } from "../../src/keep/limits.ts";

const WALL = Date.parse("2026-11-30T12:00:00.000Z");
const piece = (isLast: boolean) => ({ name: "log.main.b.txt", cursor: "main/1", octets: 10, isLast });

test("the source is asked at once, again while there is more, and then after an hour", () => {
  const course = new KeptCourse(undefined, 7);
  expect(course.nextAt).toBe(7);
  course.handleKept(piece(false), { now: 10, wall: WALL });
  expect(course).toMatchObject({ nextAt: 10, wholeAt: 7, pieces: 1, octets: 10 });
  course.handleKept(piece(true), { now: 20, wall: WALL + 1 });
  expect(course).toMatchObject({ nextAt: 20 + KEEP_MS, wholeAt: 20, pieces: 2 });
  expect(course.last).toEqual({ cursor: "main/1", name: "log.main.b.txt", keptAt: WALL + 1 });
  course.handleWhole(30);
  expect(course).toMatchObject({ nextAt: 30 + KEEP_MS, wholeAt: 30, pieces: 2, last: { keptAt: WALL + 1 } });
});

test("a source that has always more is given a pause", () => {
  const course = new KeptCourse(undefined, 0);
  for (let count = 1; count < PIECES_AT_ONCE_MAX; count++) course.handleKept(piece(false), { now: 0, wall: WALL });
  expect(course.nextAt).toBe(0);
  course.handleKept(piece(false), { now: 0, wall: WALL });
  expect(course.nextAt).toBe(KEEP_AGAIN_MS);
});

test("what fails is tried again later and later, an hour at most, and soon once more after it went well", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), (failures) => {
      const course = new KeptCourse(undefined, 0);
      let pause = 0;
      for (let count = 0; count < failures; count++) {
        course.handleFault("ERR_STORAGE_MAJORITY", "nobody answers", 0);
        const isLater = course.nextAt >= pause && course.nextAt >= KEEP_AGAIN_MS && course.nextAt <= KEEP_MS;
        if (!isLater || course.fault?.code !== "ERR_STORAGE_MAJORITY") return false;
        pause = course.nextAt;
      }
      course.handleWhole(0);
      const isOver = course.fault === undefined && course.failures === failures;
      course.handleFault("ERR_STORAGE_MAJORITY", "nobody answers", 0);
      return isOver && course.nextAt === KEEP_AGAIN_MS;
    }),
  );
});
