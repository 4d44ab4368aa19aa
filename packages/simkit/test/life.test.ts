import { expect, test } from "vitest";
import { Life, Scheduler } from "../src/index.ts";

test("a timer rings at the earliest of the times that it was set to, a millisecond from now at the soonest", () => {
  const scheduler = new Scheduler({ start: 100 });
  const rings: number[] = [];
  const timer = new Life(scheduler).timer(() => rings.push(scheduler.now));
  timer.set(150);
  timer.set(120);
  timer.set(130);
  scheduler.runUntil(140);
  timer.set(140);
  scheduler.runUntil(200);
  expect(rings).toEqual([120, 141]);
});

test("a timer that was closed rings no more, whatever is set", () => {
  const scheduler = new Scheduler();
  let rings = 0;
  const timer = new Life(scheduler).timer(() => rings++);
  timer.set(10);
  timer.close();
  timer.set(5);
  scheduler.runUntil(20);
  expect(rings).toBe(0);
});

test("nothing that it had planned happens after its end", () => {
  const scheduler = new Scheduler();
  const life = new Life(scheduler);
  const seen: string[] = [];
  life.soon(() => seen.push("soon"));
  life.at(5, () => seen.push("at"));
  life.timer(() => seen.push("timer")).set(5);
  scheduler.runUntil(1);
  life.end();
  scheduler.runUntil(10);
  expect(seen).toEqual(["soon"]);
});

test("while it stands still nothing happens; afterwards all that was due does, in its order", () => {
  const scheduler = new Scheduler();
  const life = new Life(scheduler);
  const seen: [number, string][] = [];
  const see = (what: string) => (): void => void seen.push([scheduler.now, what]);
  life.at(5, see("planned"));
  life.standStill(10);
  life.standStill(3);
  life.take(see("came in"));
  expect(life.isStandingStill).toBe(true);
  scheduler.runUntil(20);
  expect(life.isStandingStill).toBe(false);
  life.take(see("came in later"));
  expect(seen).toEqual([
    [10, "came in"],
    [10, "planned"],
    [20, "came in later"],
  ]);
});
