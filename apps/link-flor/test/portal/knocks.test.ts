import { expect, test } from "vitest";
import { Knocks } from "../../src/portal/knocks.ts";
import { KNOCK_MS, KNOCKS_EACH_MAX, KNOCKS_MAX } from "../../src/portal/limits.ts";

const keyHash = "11".repeat(32);
const from = (peer: string, tag = "0") => ({ peer, tag, keyHash, address: "udp://192.0.2.9:1" });

test("whoever goes on is told again after a while, and counted once meanwhile", () => {
  const knocks = new Knocks();
  const told = Array.from({ length: 25 }, (_, second) => knocks.take(from("d"), second * 1_000));
  expect(told.flatMap((is, second) => (is ? [second * 1_000] : []))).toEqual([0, KNOCK_MS, 2 * KNOCK_MS]);
  expect(knocks).toMatchObject({ told: 3, dropped: 0 });
});

test("of 10,000 strangers so many are told at a time, and the others are counted", () => {
  const knocks = new Knocks();
  for (let i = 0; i < 10_000; i++) knocks.take(from(`p${i}`), 0);
  expect(knocks).toMatchObject({ told: KNOCKS_MAX, dropped: 10_000 - KNOCKS_MAX });
  expect(knocks.take(from("late"), KNOCK_MS - 1)).toBe(false);
  expect(knocks.take(from("late"), KNOCK_MS)).toBe(true);
});

test("one stranger with ever new tags leaves room to others", () => {
  const knocks = new Knocks();
  for (let i = 0; i < 10_000; i++) knocks.take(from("d", `t${i}`), 0);
  expect(knocks.told).toBe(KNOCKS_EACH_MAX);
  expect(knocks.take(from("e"), 0)).toBe(true);
});

test("a cluster vertex that has just come hears of all anew", () => {
  const knocks = new Knocks();
  knocks.take(from("d"), 0);
  knocks.clear();
  expect(knocks.take(from("d"), 1)).toBe(true);
});
