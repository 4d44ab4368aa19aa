/** Round trips: the guess before a connection has measured one, and the shortest one that it has measured. */
import { describe, expect, test } from "vitest";
import { Pair } from "../testing/conformance/index.ts";
import { nativeContext } from "./native-context.ts";
import { virtualContext } from "./virtual-context.ts";

const engines = [
  ["the simulated engine", () => virtualContext(1), false],
  ["the native engine", () => nativeContext(1)!, nativeContext(0) === undefined],
] as const;

describe.each(engines)("%s", (_, contextOf, isMissing) => {
  test.skipIf(isMissing).each([
    [undefined, 999],
    [5, 999],
    [2_000, 6_000],
  ])(
    "with a first round trip of %j ms a first flight leaves again after %d ms, and then after twice as long",
    async (initialRttMs, ms) => {
      const context = contextOf();
      const client = initialRttMs === undefined ? {} : { initialRttMs };
      const pair = new Pair(context, { client: { ...client, idleTimeoutMs: 0 } });
      const times: number[] = [];
      pair.filter = () => {
        times.push(context.now());
        return false;
      };
      await pair.elapse(4 * ms);
      const flights = [...new Set(times.map((at) => Math.round(at - times[0]!)))];
      // The pair lets its clock run ahead by an acknowledgement that waits.
      expect(flights).toHaveLength(3);
      for (const [index, at] of [0, ms, 3 * ms].entries()) {
        expect(flights[index]).toBeGreaterThanOrEqual(at - 100);
        expect(flights[index]).toBeLessThanOrEqual(at + 100);
      }
    },
  );

  test.skipIf(isMissing)(
    "a packet that is late makes the smoothed round trip longer, and not the shortest one",
    async () => {
      const pair = new Pair(contextOf(), { client: { idleTimeoutMs: 0 }, server: { idleTimeoutMs: 0 } });
      expect(pair.client.stats().minRttMs).toBe(0);
      await pair.establish();
      await pair.slowRoundTrip(50);
      const before = pair.client.stats();
      await pair.slowRoundTrip(4_000);
      const { rttMs, minRttMs } = pair.client.stats();
      expect(rttMs).toBeGreaterThan(before.rttMs + 200);
      expect(minRttMs).toBeLessThanOrEqual(before.minRttMs);
      expect(minRttMs).toBeLessThanOrEqual(50);
    },
  );
});
