import { describe, expect, test } from "vitest";
import { SessionWatch } from "../../src/client/session-watch.ts";

/** The steps that are due at these times. */
const steps = (watch: SessionWatch, ...times: readonly number[]) => times.map((now) => watch.poll(now));

describe("the watch of a session", () => {
  test("has an egress asked when packets leave and nothing comes, and another one tried when it does not answer", () => {
    const watch = new SessionWatch();
    expect([watch.isQuiet, watch.poll(100_000)]).toEqual([false, undefined]);
    watch.handleSent(1_000);
    watch.handleSent(2_000);
    expect(watch.isQuiet).toBe(true);
    expect(steps(watch, 2_499, 2_500, 3_999, 4_000, 4_000)).toEqual([undefined, "ask", undefined, "move", undefined]);
  });

  test("takes anything that comes for a sign of life", () => {
    const watch = new SessionWatch();
    watch.handleSent(0);
    watch.handleHeard();
    expect([watch.isQuiet, watch.poll(60_000)]).toEqual([false, undefined]);
    watch.handleSent(60_000);
    expect(watch.poll(61_500)).toBe("ask");
    watch.handleHeard();
    expect(steps(watch, 63_000, 70_000)).toEqual([undefined, undefined]);
  });

  test("asks rarely where programs send and nobody has to answer", () => {
    const watch = new SessionWatch();
    let asked = 0;
    for (let now = 0; now <= 60_000; now += 100) {
      watch.handleSent(now);
      const step = watch.poll(now);
      expect(step).not.toBe("move");
      if (step === undefined) continue;
      asked++;
      watch.handleHeard();
    }
    expect(asked).toBeLessThanOrEqual(12);
  });

  test("tries another session once in a while, however silent the egress is, and however many flows are refused", () => {
    const watch = new SessionWatch();
    let moves = 0;
    for (let now = 0; now < 60_000; now += 100) {
      watch.handleSent(now);
      if (watch.poll(now) === "move" || watch.mayMove(now)) moves++;
    }
    expect(moves).toBe(20);
  });
});
