import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { ATTEMPTS_ALIVE_MAX } from "../../../src/quic-link/limits.ts";
import { Attempts } from "../../../src/quic-link/links/attempts.ts";
import { attemptHost } from "./attempt-host.ts";

/** Attempts without jitter, unless `random` says otherwise: their random numbers are in the middle. */
function makeAttempts(random?: () => number): Attempts {
  return new Attempts(attemptHost(random), 0);
}

/** Runs the clock in steps of a millisecond, and notes what the schedule wants. */
function run(attempts: Attempts, from: number, until: number): string[] {
  const log: string[] = [];
  for (let now = from; now <= until; now++) {
    if (attempts.nextTimeout() > now) continue;
    for (let number = attempts.pollExpired(now); number !== undefined; number = attempts.pollExpired(now)) {
      log.push(`${now}: ${number} expired`);
    }
    const caller = attempts.pollCall(now);
    if (caller !== undefined) log.push(`${now}: ${caller} calls`);
    const number = attempts.pollStart(now);
    if (number !== undefined) log.push(`${now}: ${number} starts`);
  }
  return log;
}

/** Attempts of a link that was up for 10 s and is lost at the time 20 s. */
function lost(random?: () => number): Attempts {
  const attempts = makeAttempts(random);
  run(attempts, 0, 0);
  attempts.handleUp(1, 10_000);
  attempts.handleDown(20_000);
  return attempts;
}

const timesOf = (log: readonly string[], what: string): number[] =>
  log.filter((line) => line.endsWith(what)).map((line) => Number.parseInt(line, 10));

describe("an originator's attempts", () => {
  test("start after 0, 100, 200, 400, 800, 800 … ms and live for 3 s", () => {
    expect(run(makeAttempts(), 0, 3_200)).toEqual([
      "0: 1 starts",
      "100: 2 starts",
      "300: 3 starts",
      "700: 4 starts",
      "1500: 5 starts",
      "2300: 6 starts",
      "3000: 1 expired",
      "3100: 2 expired",
      "3100: 7 starts",
    ]);
  });

  test("with a limit are so many, a second apart, until the peer has proven who it is", () => {
    const attempts = new Attempts(
      attemptHost(() => 0.99),
      0,
      3,
    );
    expect(timesOf(run(attempts, 0, 60_000), "starts")).toEqual([0, 1_000, 2_000]);
    expect(attempts.nextTimeout()).toBe(Infinity);
    attempts.limit(4);
    expect(timesOf(run(attempts, 60_001, 120_000), "starts")).toEqual([60_001]);
    attempts.handleProven();
    expect(timesOf(run(attempts, 120_001, 123_000), "starts").length).toBeGreaterThan(2);
  });

  test("without the limit go on, and one that became the link has proven it", () => {
    const freed = new Attempts(attemptHost(), 0, 3);
    run(freed, 0, 10_000);
    freed.limit(undefined);
    expect(timesOf(run(freed, 10_001, 13_000), "starts").length).toBeGreaterThan(2);
    const upOnce = new Attempts(attemptHost(), 0, 1);
    run(upOnce, 0, 0);
    upOnce.handleUp(1, 500);
    upOnce.handleDown(600);
    expect(timesOf(run(upOnce, 601, 3_600), "starts").length).toBeGreaterThan(2);
  });

  test("are so many at a time, however often something has them begin anew", () => {
    const attempts = makeAttempts();
    for (let now = 0; now < 2_000; now += 10) {
      attempts.handleRefusalsOutdated(now);
      run(attempts, now, now);
      expect(attempts.aliveCount).toBeLessThanOrEqual(ATTEMPTS_ALIVE_MAX);
    }
    expect(attempts.aliveCount).toBe(ATTEMPTS_ALIVE_MAX);
  });

  test("live for 10 s once they have heard their peer", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 50);
    attempts.handleHeard(1, 50);
    const log = run(attempts, 51, 10_500);
    expect(log).toContain("10000: 1 expired");
    expect(log).toContain("3550: 2 expired");
  });

  test.each([
    { answeredAt: 50, next: 550 },
    { answeredAt: 90, next: 590 },
    { answeredAt: 290, next: 1450 },
  ])("wait for the one that was answered after $answeredAt ms", ({ answeredAt, next }) => {
    const attempts = makeAttempts();
    run(attempts, 0, answeredAt);
    attempts.handleHeard(1, answeredAt);
    // Further answers do not delay the next attempt.
    attempts.handleHeard(1, answeredAt + 10);
    expect(run(attempts, answeredAt + 1, 2_000)[0]).toMatch(new RegExp(`^${next}: . starts`));
  });

  test.each(["for good", "for now"])(
    "that were made before a new chance and are refused %s after it mean nothing",
    (how) => {
      const attempts = makeAttempts();
      run(attempts, 0, 50);
      attempts.handleHeard(1, 50);
      attempts.handleRefusalsOutdated(60);
      expect(run(attempts, 60, 61)).toEqual(["60: 2 starts"]);
      attempts.handleEnded(1, how === "for good", 70);
      expect(run(attempts, 71, 200)).toEqual(["160: 3 starts"]);
      attempts.handleEnded(2, true, 200);
      expect(run(attempts, 201, 10_300)[0]).toMatch(/^(3\d\d\d: . expired|10200: 4 starts)/);
    },
  );

  test("wait 3 s at most for one whose first answer took long", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 2_900);
    attempts.handleHeard(1, 2_900);
    expect(run(attempts, 2_901, 7_000).filter((line) => line.endsWith("starts"))[0]).toMatch(/^5900: /);
  });

  test("do not wait for one that was answered and has ended", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 50);
    attempts.handleHeard(1, 50);
    attempts.handleEnded(1, false, 60);
    expect(run(attempts, 61, 350)).toEqual(["100: 2 starts", "300: 3 starts"]);
  });

  test("vary by 20 % at most", () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = new Random(seed);
      const attempts = makeAttempts(() => random.next());
      const starts = run(attempts, 0, 20_000).filter((line) => line.endsWith("starts"));
      const times = starts.map((line) => Number(line.split(":")[0]));
      const delays = times.slice(1).map((time, i) => time - times[i]!);
      for (const [i, delay] of delays.entries()) {
        const nominal = Math.min(100 * 2 ** i, 800);
        expect(delay, `seed ${seed}, delay ${i}`).toBeGreaterThanOrEqual(Math.floor(nominal * 0.8));
        expect(delay, `seed ${seed}, delay ${i}`).toBeLessThanOrEqual(Math.ceil(nominal * 1.2) + 1);
      }
    }
  });

  test("rest for 10 s after a refusal that will not pass, and go on after one that will", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 10);
    attempts.handleEnded(1, true, 10);
    expect(run(attempts, 11, 10_020)[0]).toBe("10010: 2 starts");
    attempts.handleEnded(2, false, 10_020);
    expect(run(attempts, 10_021, 12_000).filter((line) => line.endsWith("starts"))).not.toEqual([]);
  });

  test("a refusal of an attempt that is over changes nothing", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 3_050);
    const next = attempts.nextTimeout();
    attempts.handleEnded(1, true, 3_050);
    expect(attempts.nextTimeout()).toBe(next);
  });

  test("pause while the link is up, and start afresh only if it was up for 10 s", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 1_000);
    attempts.handleUp(4, 1_000);
    expect(run(attempts, 1_001, 9_000).filter((line) => line.endsWith("starts"))).toEqual([]);
    attempts.handleDown(9_000);
    expect(run(attempts, 9_000, 10_000)).toEqual(["9800: 5 starts"]);
    attempts.handleUp(5, 10_000);
    attempts.handleDown(20_000);
    expect(run(attempts, 20_000, 20_350).filter((line) => line.endsWith("starts"))).toEqual([
      "20000: 6 starts",
      "20100: 7 starts",
      "20300: 8 starts",
    ]);
  });

  test("renew a link that is up, but not one that has just come up", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 0);
    attempts.handleUp(1, 10);
    attempts.handleRenewal(200);
    expect(run(attempts, 200, 1_050)).toEqual(["1010: 2 starts"]);
    attempts.handleUp(2, 1_060);
    attempts.handleRenewal(9_000);
    expect(run(attempts, 9_000, 9_050)).toEqual(["9000: 3 starts"]);
  });

  test("start at once when what was refused for good has a new chance", () => {
    const attempts = makeAttempts();
    run(attempts, 0, 0);
    attempts.handleEnded(1, true, 50);
    expect(run(attempts, 51, 3_000)).toEqual([]);
    attempts.handleRefusalsOutdated(3_001);
    expect(run(attempts, 3_001, 3_101)).toEqual(["3001: 2 starts", "3101: 3 starts"]);
    attempts.handleUp(3, 3_200);
    attempts.handleRefusalsOutdated(5_000);
    expect(run(attempts, 5_000, 20_000).filter((line) => line.endsWith("starts"))).toEqual([]);
  });

  test("are never more than 16 at a time", () => {
    const attempts = makeAttempts();
    for (let now = 0; now < 9_900; now++) {
      const number = attempts.pollStart(now);
      if (number !== undefined) attempts.handleHeard(number, now);
      attempts.pollExpired(now);
      expect(attempts.aliveCount).toBeLessThanOrEqual(16);
    }
  });
});

describe("after an outage", () => {
  test("the newest attempt calls again each 100 ms", () => {
    expect(run(lost(), 20_000, 20_900)).toEqual([
      "20000: 2 starts",
      "20100: 2 calls",
      "20100: 3 starts",
      "20200: 3 calls",
      "20300: 3 calls",
      "20300: 4 starts",
      "20400: 4 calls",
      "20500: 4 calls",
      "20600: 4 calls",
      "20700: 4 calls",
      "20700: 5 starts",
      "20800: 5 calls",
      "20900: 5 calls",
    ]);
  });

  test.each(Array.from({ length: 50 }, (_, seed) => seed))("it calls for 10 s, never later: seed %i", (seed) => {
    const random = new Random(seed);
    const log = run(
      lost(() => random.next()),
      20_000,
      40_000,
    );
    const calls = timesOf(log, "calls");
    const called = [...calls, ...timesOf(log, "starts")].filter((time) => time <= 30_000).toSorted((a, b) => a - b);
    const pauses = called.slice(1).map((time, index) => time - called[index]!);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(100);
    expect(calls.at(-1)).toBeGreaterThan(29_800);
    expect(calls.at(-1)).toBeLessThan(30_000);
  });

  test("nothing is called that was answered, nor while it has time to come up", () => {
    const attempts = lost();
    run(attempts, 20_000, 20_050);
    attempts.handleHeard(2, 20_050);
    expect(run(attempts, 20_051, 20_549)).toEqual([]);
    expect(run(attempts, 20_550, 20_650)).toEqual(["20550: 3 starts", "20650: 3 calls"]);
  });

  test("one that was refused for now is followed by another within 100 ms", () => {
    const attempts = lost();
    run(attempts, 20_000, 22_000);
    const newest = attempts.count;
    attempts.handleHeard(newest, 22_000);
    attempts.handleEnded(newest, false, 22_010);
    expect(timesOf(run(attempts, 22_011, 22_200), "starts")[0]).toBe(22_110);
  });

  test("one that was refused for good ends the calls, and what fails for now does not shorten the rest", () => {
    const attempts = lost();
    run(attempts, 20_000, 20_150);
    attempts.handleEnded(3, true, 20_150);
    attempts.handleEnded(2, false, 20_160);
    expect(run(attempts, 20_161, 30_100)).toEqual([]);
    expect(timesOf(run(attempts, 30_101, 30_200), "starts")).toEqual([30_150]);
  });

  test.each([
    { what: "a link that was lost soon", upFor: 9_999 },
    { what: "a link that was never up", upFor: undefined },
  ])("$what is not called", ({ upFor }) => {
    const attempts = makeAttempts();
    run(attempts, 0, 0);
    if (upFor !== undefined) {
      attempts.handleUp(1, 10);
      attempts.handleDown(10 + upFor);
    }
    expect(timesOf(run(attempts, 10 + (upFor ?? 0), 30_000), "calls")).toEqual([]);
  });

  test("a link that is suspended, or up again, is not called", () => {
    const suspended = lost();
    run(suspended, 20_000, 20_050);
    suspended.suspend(0);
    suspended.resume(20_060);
    expect(timesOf(run(suspended, 20_060, 25_000), "calls")).toEqual([]);
    const up = lost();
    run(up, 20_000, 20_050);
    up.handleUp(2, 20_060);
    up.handleRenewal(22_000);
    expect(timesOf(run(up, 20_060, 25_000), "calls")).toEqual([]);
  });
});
