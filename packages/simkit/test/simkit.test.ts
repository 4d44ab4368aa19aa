import { describe, expect, test } from "vitest";
import { Channel, Random, Scheduler, Station } from "../src/index.ts";

describe("Random", () => {
  test("gives mulberry32's numbers", () => {
    const random = new Random(1);
    expect([random.next(), random.next(), random.next()]).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ]);
  });

  test("stays within its bounds and reaches them", () => {
    const random = new Random(7);
    const seen = new Set(Array.from({ length: 500 }, () => random.between(3, 5)));
    expect(seen).toEqual(new Set([3, 4, 5]));
  });
});

describe("Scheduler", () => {
  test("runs in order of time, then of asking", () => {
    const scheduler = new Scheduler();
    const seen: string[] = [];
    scheduler.at(20, () => seen.push(`c@${scheduler.now}`));
    scheduler.at(10, () => seen.push(`a@${scheduler.now}`));
    scheduler.at(10, () => seen.push(`b@${scheduler.now}`));
    scheduler.at(21, () => seen.push("too late"));
    scheduler.runUntil(20);
    expect(seen).toEqual(["a@10", "b@10", "c@20"]);
    expect(scheduler.now).toBe(20);
  });

  test("sorts any number of actions", () => {
    const scheduler = new Scheduler();
    const random = new Random(3);
    const seen: number[] = [];
    for (let i = 0; i < 1000; i++) scheduler.at(random.below(300), () => seen.push(scheduler.now));
    scheduler.runUntil(300);
    expect(seen).toHaveLength(1000);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("leaves out what was cancelled", () => {
    const scheduler = new Scheduler();
    let ran = 0;
    scheduler.after(5, () => ran++);
    scheduler.after(5, () => ran++)();
    scheduler.runFor(5);
    expect(ran).toBe(1);
  });

  test("fails on a livelock", () => {
    const scheduler = new Scheduler({ stepsMax: 50 });
    const again = (): void => void scheduler.after(0, again);
    again();
    expect(() => scheduler.runFor(1)).toThrow("more than 50 steps");
  });
});

describe("Channel", () => {
  function deliveries(seed: number, faults: ConstructorParameters<typeof Channel>[2]): number[] {
    const scheduler = new Scheduler();
    const seen: number[] = [];
    const channel = new Channel<number>(scheduler, new Random(seed), faults, (message) => seen.push(message));
    for (let i = 0; i < 1000; i++) {
      channel.send(i);
      scheduler.runFor(1);
    }
    scheduler.runFor(1000);
    expect(channel.counters.delivered).toBe(seen.length);
    expect(seen.length).toBe(1000 - channel.counters.lost + channel.counters.duplicated);
    return seen;
  }

  test("without faults delivers all in order", () => {
    expect(deliveries(1, {})).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test("loses, duplicates and reorders, the same for the same seed", () => {
    const faults = { lossProbability: 0.2, duplicateProbability: 0.1, delayMsMin: 1, delayMsMax: 40 };
    const seen = deliveries(2, faults);
    expect(seen).toEqual(deliveries(2, faults));
    expect(seen).not.toEqual(deliveries(3, faults));
    expect(new Set(seen).size).toBeGreaterThan(700);
    expect(new Set(seen).size).toBeLessThan(900);
    expect(seen.length).toBeGreaterThan(new Set(seen).size);
    expect(seen).not.toEqual(seen.toSorted((a, b) => a - b));
  });

  test("keeps the order where told to", () => {
    const seen = deliveries(4, { delayMsMin: 1, delayMsMax: 40, keepsOrder: true, lossProbability: 0.1 });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("carries so many bytes in a millisecond, and loses what would wait for longer than it may", () => {
    const scheduler = new Scheduler();
    const arrivals: number[] = [];
    const faults = { delayMsMin: 5, bytesPerMs: 10, waitMsMax: 25 };
    const channel = new Channel<Uint8Array>(scheduler, new Random(1), faults, () => arrivals.push(scheduler.now));
    for (let i = 0; i < 6; i++) channel.send(new Uint8Array(100));
    scheduler.runFor(100);
    channel.send(new Uint8Array(100));
    scheduler.runFor(100);
    expect(arrivals).toEqual([15, 25, 35, 115]);
    expect(channel.counters).toMatchObject({ sent: 7, lost: 3, delivered: 4 });
  });

  test("delivers nothing that was sent while it was cut", () => {
    const scheduler = new Scheduler();
    const seen: string[] = [];
    const channel = new Channel<string>(scheduler, new Random(1), { delayMsMin: 5 }, (message) => seen.push(message));
    channel.send("before");
    channel.faults.isCut = true;
    channel.send("meanwhile");
    channel.faults.isCut = false;
    channel.send("after");
    scheduler.runFor(5);
    expect(seen).toEqual(["before", "after"]);
  });
});

describe("Station", () => {
  /** Repeats "ping" every 10 ms until it is answered. */
  class Pinger {
    isAnswered = false;
    #deadline = 0;
    #isDue = false;
    handleTimeout(now: number): void {
      this.#isDue = true;
      this.#deadline = now + 10;
    }
    handleAnswer(): void {
      this.isAnswered = true;
    }
    pollTransmit(): boolean {
      const isDue = this.#isDue;
      this.#isDue = false;
      return isDue;
    }
    nextTimeout(): number | undefined {
      return this.isAnswered ? undefined : this.#deadline;
    }
  }

  test("drives a core over lossy channels until it has its answer", () => {
    const scheduler = new Scheduler();
    const random = new Random(5);
    const core = new Pinger();
    const faults = { lossProbability: 0.8, delayMsMin: 1, delayMsMax: 4 };
    const back = new Channel<string>(scheduler, random, faults, () => station.run(() => core.handleAnswer()));
    const out = new Channel<string>(scheduler, random, faults, (message) => back.send(message));
    const station = new Station(scheduler, core, () => {
      if (core.pollTransmit()) out.send("ping");
    });
    station.run();
    scheduler.runUntil(1000);
    expect(core.isAnswered).toBe(true);
    expect(out.counters.sent).toBeGreaterThan(1);
    const sent = out.counters.sent;
    scheduler.runUntil(2000);
    expect(out.counters.sent).toBe(sent);
  });

  test("is silent once stopped", () => {
    const scheduler = new Scheduler();
    const core = new Pinger();
    let sent = 0;
    const station = new Station(scheduler, core, () => {
      if (core.pollTransmit()) sent++;
    });
    station.run();
    scheduler.runUntil(35);
    expect(sent).toBe(4);
    station.stop();
    station.run(() => core.handleTimeout(scheduler.now));
    scheduler.runUntil(100);
    expect(sent).toBe(4);
  });
});
