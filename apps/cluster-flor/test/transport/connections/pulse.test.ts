import type { QuicConnection } from "@florenetes/quic";
import { runs } from "@florenetes/simkit";
import { assert, boolean, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { PeerSigns } from "../../../src/transport/connections/peer-signs.ts";
import { Pulse, PulseAction } from "../../../src/transport/connections/pulse.ts";
import { defaultLimits, ROUND_TRIP_MS_MAX } from "../../../src/transport/limits.ts";

/** Runs a pulse on a virtual clock; `answers` says whether the peer answers at a time. */
function run(until: number, options: { answers: (now: number) => boolean; isBusy: boolean; sendAt?: number }) {
  const pulse = new Pulse(defaultLimits, false, 0);
  const actions: { at: number; action: PulseAction }[] = [];
  let isInFlight = false;
  let now = 0;
  const transmit = (): void => {
    isInFlight = !options.answers(now);
    if (!isInFlight) pulse.handleHeard(now);
  };
  for (let steps = 0; steps < 10_000; steps++) {
    if (options.sendAt !== undefined && now >= options.sendAt && actions.length === 0) transmit();
    pulse.update(now, isInFlight, options.isBusy);
    const next =
      options.sendAt !== undefined && now < options.sendAt
        ? Math.min(options.sendAt, pulse.nextTimeout())
        : pulse.nextTimeout();
    if (next > until) return actions;
    now = Math.max(now, next);
    const action = pulse.handleTimeout(now);
    if (action === PulseAction.none) continue;
    actions.push({ at: now, action });
    if (action === PulseAction.giveUp) return actions;
    transmit();
  }
  throw new Error("the pulse never rests");
}

test.each([
  [true, 1_000, 10],
  [false, 10_000, 1],
])("busy %s: asks for a sign of life every %d ms", (isBusy, interval, count) => {
  const actions = run(10_500, { answers: () => true, isBusy });
  expect(actions.map(({ action }) => action)).toEqual(Array.from({ length: count }, () => PulseAction.ping));
  expect(actions.map(({ at }) => at)).toEqual(Array.from({ length: count }, (_, i) => (i + 1) * interval));
});

test("a peer that says much and acknowledges nothing is no reason not to repeat, nor to give it up", () => {
  const pulse = new Pulse(defaultLimits, false, 0);
  pulse.update(0, true, true);
  const repeats: number[] = [];
  for (let now = 0; now <= 70_000; now += 50) {
    pulse.handleHeard(now, now === 1_000);
    const action = pulse.handleTimeout(now);
    expect(action === PulseAction.none || action === PulseAction.repeat).toBe(true);
    if (action === PulseAction.repeat) repeats.push(now);
  }
  expect(repeats.slice(0, 6)).toEqual([200, 300, 400, 500, 600, 700]);
});

test("what nobody needs is repeated each second, once nothing was acknowledged for one", () => {
  const repeats = run(10_000, { answers: () => false, isBusy: false, sendAt: 0 });
  const gaps = repeats.slice(1).map(({ at }, index) => at - repeats[index]!.at);
  expect(new Set(gaps.slice(10))).toEqual(new Set([1_000]));
  expect(repeats.length).toBeLessThan(22);
});

test("what is unanswered is repeated after 200 ms and then every 100 ms, until the peer is back", () => {
  const actions = run(7_500, { answers: (now) => now < 1_000 || now >= 6_000, isBusy: true });
  expect(actions[0]).toEqual({ at: 1_000, action: PulseAction.ping });
  const repeats = actions.filter(({ action }) => action === PulseAction.repeat).map(({ at }) => at);
  expect(repeats[0]).toBe(1_200);
  expect(repeats.every((at, i) => i === 0 || at === repeats[i - 1]! + 100)).toBe(true);
  const heard = repeats.at(-1)!;
  expect(heard).toBeGreaterThanOrEqual(6_000);
  expect(heard).toBeLessThan(6_100);
  expect(actions.at(-1)).toEqual({ at: heard + 1_000, action: PulseAction.ping });
});

test("gives up after a minute and a half of silence", () => {
  const actions = run(100_000, { answers: () => false, isBusy: false });
  expect(actions.at(-1)).toEqual({ at: 90_000, action: PulseAction.giveUp });
  expect(actions.filter(({ action }) => action === PulseAction.ping)).toHaveLength(1);
});

test("nothing is repeated while nothing is unanswered, however long the silence", () => {
  const pulse = new Pulse(defaultLimits, false, 0);
  pulse.update(0, false, false);
  expect(pulse.handleTimeout(9_999)).toBe(PulseAction.none);
  pulse.update(9_999, true, false);
  expect(pulse.handleTimeout(10_100)).toBe(PulseAction.none);
  expect(pulse.handleTimeout(10_199)).toBe(PulseAction.repeat);
});

test("an originator asks whether its packets arrive, whatever it hears; an acceptor does not", () => {
  for (const isOriginator of [true, false]) {
    const pulse = new Pulse(defaultLimits, isOriginator, 0);
    pulse.update(0, false, false);
    pulse.handleHeard(2_900, false);
    expect(pulse.handleTimeout(3_000)).toBe(isOriginator ? PulseAction.ping : PulseAction.none);
    if (!isOriginator) continue;
    pulse.update(3_000, true, false);
    pulse.handleHeard(3_900, false);
    expect(pulse.silence(4_000).unansweredMs).toBe(1_000);
    pulse.update(4_100, false, false);
    expect(pulse.silence(4_200).unansweredMs).toBe(0);
    expect(pulse.nextTimeout()).toBe(7_100);
  }
});

describe("on a path whose round trip is known", () => {
  const repeatsOf = (rttMs: number, isBusy: boolean): number[] => {
    const pulse = new Pulse(defaultLimits, false, 0);
    pulse.handleRoundTrip(rttMs);
    pulse.update(0, true, isBusy);
    const repeats: number[] = [];
    for (let now = 0; now <= 30_000; now += 10) if (pulse.handleTimeout(now) === PulseAction.repeat) repeats.push(now);
    return repeats;
  };

  test.each([true, false])("busy %s: a fast one is asked as if nothing were known", (isBusy) => {
    for (const rttMs of [1, 20, 50]) expect(repeatsOf(rttMs, isBusy)).toEqual(repeatsOf(0, isBusy));
  });

  test("nothing is repeated sooner than two round trips after it was sent, nor than today", () => {
    assert(
      property(integer({ min: 0, max: 5_000 }), boolean(), (rttMs, isBusy) => {
        const repeats = repeatsOf(rttMs, isBusy);
        const gaps = repeats.map((at, index) => at - (repeats[index - 1] ?? 0));
        expect(gaps[0]).toBeGreaterThanOrEqual(Math.max(defaultLimits.repeatAfterMs, 2 * rttMs));
        for (const gap of gaps.slice(1))
          expect(gap).toBeGreaterThanOrEqual(Math.max(defaultLimits.repeatEveryMs, 2 * rttMs));
        expect(Math.max(...gaps)).toBeLessThan(Math.max(defaultLimits.repeatIdleMs, 2 * rttMs) + 20);
      }),
      { numRuns: runs(200, 50) },
    );
  });

  test.each([
    [0, 1_000],
    [250, 1_000],
    [3_000, 12_000],
    [3_600_000, 4 * ROUND_TRIP_MS_MAX],
  ])("of %d ms: its far end is not reached after %d ms without an answer", (rttMs, silentMs) => {
    const pulse = new Pulse(defaultLimits, false, 0);
    pulse.handleRoundTrip(rttMs);
    pulse.update(0, true, true);
    expect(pulse.isUnreachable(silentMs - 1)).toBe(false);
    expect(pulse.isUnreachable(silentMs)).toBe(true);
  });
});

describe("on a path of which nothing is known", () => {
  const repeatsOf = (act: (pulse: Pulse, now: number) => void): number[] => {
    const pulse = new Pulse(defaultLimits, false, 0);
    pulse.begin(undefined);
    pulse.update(0, true, false);
    const repeats: number[] = [];
    for (let now = 0; now <= 10_000; now += 10) {
      act(pulse, now);
      if (pulse.handleTimeout(now) === PulseAction.repeat) repeats.push(now);
    }
    return repeats;
  };

  test("nobody answers: what was sent is repeated soon, and then less and less often", () => {
    expect(repeatsOf(() => {})).toEqual([200, 600, 1_400, 3_000, 5_000, 7_000, 9_000]);
  });

  test("a workload that comes begins anew", () => {
    const repeats = repeatsOf((pulse, now) => {
      if (now === 4_000) pulse.update(now, true, true);
    });
    expect(repeats).toEqual([200, 600, 1_400, 3_000, 4_000, 4_400, 5_200, 6_800, 8_800]);
  });

  test("the first answer tells how soon the next packet is repeated", () => {
    const repeats = repeatsOf((pulse, now) => {
      if (now === 1_000) pulse.handleHeard(now);
      if (now === 1_000) pulse.handleRoundTrip(20);
    });
    expect(repeats.slice(0, 5)).toEqual([200, 600, 1_200, 1_300, 1_400]);
  });

  test("a connection whose round trip is known from others begins with it", () => {
    const pulse = new Pulse(defaultLimits, false, 0);
    pulse.begin(2_000);
    pulse.update(0, true, true);
    expect(pulse.nextTimeout()).toBe(4_000);
  });
});

test.each([
  ["which an engine tells", 20],
  ["which an engine does not tell", undefined],
])("after an outage packets are repeated as soon as before: the shortest round trip, %s, is what it was", (_, told) => {
  let rttMs = 20;
  let packets = 0;
  const quic = {
    authenticatedPackets: () => ++packets,
    stats: () => ({ rttMs, minRttMs: told ?? rttMs, congestionWindow: packets, packetsLost: 0 }),
  };
  const signs = new PeerSigns(quic as unknown as QuicConnection);
  const pulse = new Pulse(defaultLimits, false, 0);
  for (const [at, smoothed] of [
    [10, 20],
    [6_000, 770],
  ] as const) {
    [signs.datagramAt, rttMs] = [at, smoothed];
    signs.tell(pulse);
  }
  pulse.update(7_000, true, true);
  expect(pulse.nextTimeout()).toBe(7_000 + defaultLimits.repeatAfterMs);
});

describe("over a quiet link", () => {
  const quietMs = 25_000;

  /** A pulse with a quiet, which has sent something at that time that is not answered, if at all. */
  function quiet(isOriginator: boolean, isBusy: boolean, sentAt?: number): Pulse {
    const pulse = new Pulse(defaultLimits, isOriginator, 0);
    pulse.handleQuiet(quietMs);
    pulse.update(0, false, isBusy);
    if (sentAt !== undefined) pulse.update(sentAt, true, isBusy);
    return pulse;
  }

  test.each([
    [true, true, quietMs],
    [true, false, quietMs],
    [false, true, quietMs + defaultLimits.pingBusyMs],
    [false, false, quietMs + defaultLimits.pingIdleMs],
  ])("an end (originator %s, busy %s) asks after %d ms", (isOriginator, isBusy, at) => {
    const pulse = quiet(isOriginator, isBusy);
    expect(pulse.nextTimeout()).toBe(at);
    expect(pulse.handleTimeout(at)).toBe(PulseAction.ping);
  });

  test("what is not answered is repeated as soon as over any link", () => {
    expect(quiet(true, true, 7_000).nextTimeout()).toBe(7_000 + defaultLimits.repeatAfterMs);
    expect(quiet(true, true, 7_000).isUnreachable(7_000 + defaultLimits.unreachableMs)).toBe(true);
  });

  test.each([
    ["nothing was sent", undefined, quietMs],
    ["something was sent at once", 0, 0],
    ["something was sent after 7 s", 7_000, 7_000],
    ["something was sent after the pause", 30_000, quietMs],
  ])("a peer is given up after the silence, and later by so much where %s", (_what, sentAt, laterMs) => {
    const pulse = quiet(true, false, sentAt);
    const end = defaultLimits.silenceMs + laterMs;
    expect(pulse.handleTimeout(end - 1)).not.toBe(PulseAction.giveUp);
    expect(pulse.handleTimeout(end)).toBe(PulseAction.giveUp);
  });
});
