import { Random, Scheduler } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { Pacer } from "../../../src/transport/streams/pacer.ts";
import { Flow, Path } from "./pacer-path.ts";

/** In bytes per millisecond. */
const megabits = (count: number): number => (count * 1_000_000) / 8_000;

interface Simulation {
  readonly scheduler: Scheduler;
  readonly path: Path;
  start(bytes?: number): Flow;
}

function simulate(rate: number, baseRtt: number): Simulation {
  const scheduler = new Scheduler({ stepsMax: 20_000_000 });
  const path = new Path(scheduler, new Random(1), megabits(rate), baseRtt);
  return { scheduler, path, start: (bytes) => new Flow(scheduler, path, bytes) };
}

/** Measures for some time each flow's share of the path's rate, and the queue's delays in milliseconds. */
function observe({ scheduler, path }: Simulation, flows: readonly Flow[], forMs: number) {
  const before = flows.map(({ delivered }) => delivered);
  let sum = 0;
  let longest = 0;
  for (let ms = 0; ms < forMs; ms++) {
    scheduler.runFor(1);
    sum += path.queueMs;
    longest = Math.max(longest, path.queueMs);
  }
  const shares = flows.map(({ delivered }, index) => (delivered - before[index]!) / (path.rate * forMs));
  return { share: shares.reduce((a, b) => a + b), shares, mean: sum / forMs, longest };
}

const long = [
  { rate: 20, baseRtt: 50 },
  { rate: 100, baseRtt: 50 },
  { rate: 100, baseRtt: 200 },
  { rate: 250, baseRtt: 50 },
  { rate: 250, baseRtt: 200 },
  { rate: 1_000, baseRtt: 20 },
];

describe("the pacer of a long path", () => {
  test.each(long)("fills $rate Mbit/s at $baseRtt ms with little of a queue", ({ rate, baseRtt }) => {
    const simulation = simulate(rate, baseRtt);
    const flows = [simulation.start()];
    const start = observe(simulation, flows, 25 * baseRtt);
    expect(start.share).toBeGreaterThan(0.6);
    expect(start.longest).toBeLessThan(2 * baseRtt);
    const steady = observe(simulation, flows, 15_000);
    expect(steady.share).toBeGreaterThan(0.94);
    // With BBR alone the queue's delay would be about the round trip.
    expect(steady.mean).toBeLessThan(0.6 * baseRtt);
  });

  test.each(long.slice(0, 4))("shares $rate Mbit/s at $baseRtt ms with those that come later", ({ rate, baseRtt }) => {
    const simulation = simulate(rate, baseRtt);
    const flows = Array.from({ length: 4 }, () => {
      const flow = simulation.start();
      simulation.scheduler.runFor(5_000);
      return flow;
    });
    simulation.scheduler.runFor(20_000);
    const { share, shares, mean } = observe(simulation, flows, 10_000);
    expect(share).toBeGreaterThan(0.85);
    expect(Math.min(...shares)).toBeGreaterThan(0.1);
    // With BBR alone the queue would grow to seconds.
    expect(mean).toBeLessThan(1.5 * baseRtt);
  });

  test("fills a path that has become longer", () => {
    const simulation = simulate(100, 50);
    const flows = [simulation.start()];
    simulation.scheduler.runFor(15_000);
    simulation.path.baseRtt = 150;
    // BBR holds back, too, while it remembers a shorter round trip: for 10 s.
    expect(observe(simulation, flows, 10_000).share).toBeGreaterThan(0.2);
    simulation.scheduler.runFor(2_000);
    expect(observe(simulation, flows, 10_000).share).toBeGreaterThan(0.9);
  });

  test("follows a rate that changes", () => {
    const simulation = simulate(100, 50);
    const flows = [simulation.start()];
    simulation.scheduler.runFor(15_000);
    simulation.path.rate /= 2;
    simulation.scheduler.runFor(3_000);
    expect(observe(simulation, flows, 3_000).mean).toBeLessThan(35);
    simulation.path.rate *= 4;
    simulation.scheduler.runFor(2_000);
    expect(observe(simulation, flows, 3_000).share).toBeGreaterThan(0.9);
  });

  test.each(long.slice(0, 5))("carries $rate Mbit/s at $baseRtt ms though packets come late by chance", (of) => {
    const shareWith = (jitter: number): number => {
      const simulation = simulate(of.rate, of.baseRtt);
      simulation.path.jitter = jitter;
      const flows = [simulation.start()];
      simulation.scheduler.runFor(15_000);
      return observe(simulation, flows, 5_000).share;
    };
    expect(shareWith(8)).toBeGreaterThan(0.95);
    expect(shareWith(20)).toBeGreaterThan(0.45);
  });

  test("knows the path's rate after a pause", () => {
    const simulation = simulate(100, 50);
    const flow = simulation.start(megabits(100) * 10_000);
    simulation.scheduler.runFor(15_000);
    flow.add(Number.POSITIVE_INFINITY);
    // BBR looks for the shortest round trip first.
    simulation.scheduler.runFor(500);
    expect(observe(simulation, [flow], 1_000).share).toBeGreaterThan(0.9);
  });
});

describe("the pacer", () => {
  test("holds nothing back on a short path, nor before it knows the path", () => {
    for (const rtt of [5, 300]) {
      const pacer = new Pacer();
      pacer.handleSent(10_000_000);
      pacer.handleSample(rtt, 1_000_000, 0);
      expect(pacer.earn(0)).toBe(Number.POSITIVE_INFINITY);
      pacer.handleSent(10_000_000);
      expect(pacer.hasCredit).toBe(true);
    }
  });

  /** A pacer that knows a path of 100 ms at the time 300 ms. */
  function acquainted(): Pacer {
    const pacer = new Pacer();
    // Two rounds: the first tells the round trip, and the second uses the window.
    for (const now of [0, 100, 200]) {
      pacer.handleSample(100, 640_000, now);
      pacer.handleSent(40_000);
    }
    pacer.handleSample(100, 640_000, 300);
    return pacer;
  }

  test("gives what is small beyond its credit, but owes little for it", () => {
    const pacer = acquainted();
    pacer.earn(300);
    pacer.handleSent(pacer.earn(300));
    expect([pacer.hasCredit, pacer.mayGive(4_097), pacer.mayGive(4_096)]).toEqual([false, false, true]);
    let given = 0;
    for (; pacer.mayGive(100) && given < 1_000_000; given += 100) pacer.handleSent(100);
    expect(given).toBeGreaterThan(16_000);
    // A quarter of the window is a quarter of a round trip.
    expect(pacer.nextTime(300)).toBeGreaterThan(300);
    expect(pacer.nextTime(300)).toBeLessThan(330);
    expect(pacer.earn(330)).toBeGreaterThan(0);
    expect(pacer.mayGive(1_000_000), "what is larger than the credit goes by shares").toBe(false);
  });

  test("does not slow down for as long as an outage was", () => {
    const pacer = acquainted();
    pacer.handleSent(pacer.earn(300) + 10_000);
    pacer.handleSample(20_000, 640_000, 20_300);
    expect(pacer.nextTime(20_300)).toBeLessThan(20_500);
    expect(pacer.isSampleDue(20_399)).toBe(false);
    expect(pacer.isSampleDue(20_400), "though nothing was sent since").toBe(true);
  });

  test("lets a window leave in a round trip, and little of it at once", () => {
    const pacer = acquainted();
    const given: number[] = [];
    for (let now = 300; now < 400; now = pacer.nextTime(now)) {
      while (pacer.earn(now) > 0) {
        pacer.handleSent(1_200);
        given.push(now);
      }
    }
    const pauses = given.slice(1).map((at, index) => at - given[index]!);
    expect(Math.max(...pauses)).toBeLessThan(5);
    const all = given.length * 1_200;
    const atOnce = given.filter((at) => at === 300).length * 1_200;
    expect(atOnce).toBeLessThan(all / 3);
    // The window has doubled thrice at the most.
    expect(all - atOnce).toBeGreaterThan(30_000);
    expect(all - atOnce).toBeLessThan(8 * 32_768 + 2 * 1_200);
  });

  test("has no debts from the time when nothing was held back", () => {
    const pacer = new Pacer();
    let now = 0;
    for (; pacer.earn(now) === Number.POSITIVE_INFINITY && now <= 30_000; now += 100) {
      pacer.handleSent(10_000_000);
      pacer.handleSample(now < 1_000 ? 5 : 100, 1_000_000, now);
    }
    expect(now).toBeGreaterThan(1_000);
    expect(pacer.earn(now)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(pacer.earn(now + 10)).toBeGreaterThan(0);
  });
});
