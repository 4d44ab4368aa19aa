import { wordsOf } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import type { EngineConnection } from "../../../src/transport/connections/engine-connection.ts";
import { defaultLimits, HANDSHAKE_MS_MAX, ROUND_TRIPS_MAX } from "../../../src/transport/limits.ts";
import { RoundTrips } from "../../../src/transport/paths/round-trips.ts";
import { AttemptPace } from "../../../src/transport/tunnels/attempt-pace.ts";

const wayTo = (...words: number[]): { outLink: number; words: Uint32Array } => ({
  outLink: 3,
  words: wordsOf(words),
});
const [web, ssh, other] = [wayTo(20, 900), wayTo(20, 901), wayTo(21, 900)];

/** An attempt that began at 0, and last heard its far end this long ago, if ever. */
function attempt(silentMs: number, rttMs: number): EngineConnection {
  const quic = { stats: () => ({ rttMs, minRttMs: rttMs }) };
  return { startedAt: 0, peerHello: undefined, quic, stats: () => ({ silentMs }) } as unknown as EngineConnection;
}

test("each attempt that hears nobody makes the next one twice as patient, until somebody is heard", () => {
  const pace = new AttemptPace(defaultLimits, new RoundTrips());
  const patience: number[] = [];
  for (let i = 0; i < 5; i++) {
    patience.push(pace.termsOf(web).firstSignMs);
    pace.handleMeasured(attempt(5_000, 333), web, 5_000);
  }
  expect(patience).toEqual([5_000, 10_000, 20_000, HANDSHAKE_MS_MAX, HANDSHAKE_MS_MAX]);
  expect(pace.termsOf(web).rttMs).toBeUndefined();
  pace.handleMeasured(attempt(1_000, 3_000), web, 5_000);
  expect(pace.termsOf(web)).toEqual({ rttMs: 3_000, firstSignMs: 5_000 });
});

test("what made attempts fail may be over: the next one is as patient as the first", () => {
  const pace = new AttemptPace(defaultLimits, new RoundTrips());
  pace.handleMeasured(attempt(5_000, 333), web, 5_000);
  pace.shorten();
  expect(pace.termsOf(web).firstSignMs).toBe(5_000);
});

test("ways to services of one vertex share their round trip, and other ways have their own", () => {
  const roundTrips = new RoundTrips();
  new AttemptPace(defaultLimits, roundTrips).handleMeasured(attempt(0, 700), web, 5_000);
  const ofShare = { outLink: 3, words: wordsOf([20, 900], 7) };
  expect([web, ssh, ofShare, other].map((way) => roundTrips.of(way))).toEqual([700, 700, 700, undefined]);
  for (let label = 1_000; label < 1_000 + ROUND_TRIPS_MAX; label++) roundTrips.handleMeasured(wayTo(label, 1), 1);
  expect(roundTrips.of(web), "the oldest makes room").toBeUndefined();
  expect(roundTrips.of(wayTo(1_000, 1))).toBe(1);
});

test("an acceptor that hears no more of an originator waits twice as long for the next one that comes that way", () => {
  const roundTrips = new RoundTrips();
  const patience: number[] = [];
  for (let i = 0; i < 5; i++) {
    patience.push(roundTrips.secondSignMs(ssh, 5_000));
    roundTrips.handleSilent(web);
  }
  expect(patience).toEqual([5_000, 10_000, 20_000, HANDSHAKE_MS_MAX, HANDSHAKE_MS_MAX]);
  expect(roundTrips.secondSignMs(other, 5_000)).toBe(5_000);
  roundTrips.handleMeasured(web, 3_000);
  expect([roundTrips.secondSignMs(ssh, 5_000), roundTrips.of(ssh)]).toEqual([5_000, 3_000]);
});
