import { describe, expect, test } from "vitest";
import { HandshakePace, type HandshakeTerms } from "../../../src/transport/connections/handshake-pace.ts";
import { defaultLimits, HANDSHAKE_MS_MAX } from "../../../src/transport/limits.ts";

function endsAt(terms: HandshakeTerms | undefined, packets: number, rttMs: number, minRttMs = rttMs): number {
  const quic = { authenticatedPackets: () => packets, stats: () => ({ rttMs, minRttMs }) as never };
  return new HandshakePace(defaultLimits, terms, 1_000).endsAt(quic, true) - 1_000;
}

const first = defaultLimits.handshakeMs;

describe("a handshake may take", () => {
  test.each([
    ["what it ever could, at an acceptor", undefined, 1, 333, 0, 5_000],
    ["that on a fast path", { rttMs: 20, firstSignMs: first }, 3, 20, 20, 5_000],
    ["that where nobody answers", { rttMs: undefined, firstSignMs: first }, 0, 333, 0, 5_000],
    ["longer where nobody has answered before", { rttMs: undefined, firstSignMs: 20_000 }, 0, 333, 0, 20_000],
    ["no longer for that once somebody has", { rttMs: undefined, firstSignMs: 20_000 }, 1, 20, 20, 5_000],
    ["longer on a path that is known to be slow", { rttMs: 3_333, firstSignMs: first }, 0, 3_333, 0, 29_000],
    ["longer on one that turns out to be", { rttMs: undefined, firstSignMs: first }, 1, 1_333, 1_333, 13_000],
    ["longer on one that an acceptor finds slow", undefined, 2, 1_333, 1_333, 13_000],
    ["no longer for a packet that was repeated", undefined, 2, 3_000, 20, 5_000],
    ["that much at most", { rttMs: 60_000, firstSignMs: 60_000 }, 0, 333, 0, HANDSHAKE_MS_MAX],
  ])("%s", (_what, terms, packets, rttMs, minRttMs, ms) => {
    expect(endsAt(terms, packets, rttMs, minRttMs)).toBe(ms);
  });
});

test("a flight is repeated less and less often, however often it is asked for", () => {
  const pace = new HandshakePace(defaultLimits, undefined, 0);
  const repeats: number[] = [];
  for (let now = 0; now <= 5_000; now += 10) if (pace.takeRepeat(now)) repeats.push(now);
  expect(repeats).toEqual([200, 600, 1_400, 3_000]);
});
