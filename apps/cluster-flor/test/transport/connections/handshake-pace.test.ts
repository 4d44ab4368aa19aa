import { describe, expect, test } from "vitest";
import { HandshakePace, type HandshakeTerms } from "../../../src/transport/connections/handshake-pace.ts";
import { defaultLimits, HANDSHAKE_MS_MAX } from "../../../src/transport/limits.ts";

function endsAt(isAcceptor: boolean, terms: HandshakeTerms, packets: number, rttMs: number, minRttMs: number): number {
  const quic = { authenticatedPackets: () => packets, stats: () => ({ rttMs, minRttMs }) as never };
  return new HandshakePace(defaultLimits, terms, isAcceptor, 1_000).endsAt(quic, true) - 1_000;
}

const first = defaultLimits.handshakeMs;

describe("a handshake may take", () => {
  const nothing = { rttMs: undefined, firstSignMs: first };
  test.each([
    ["so long at an acceptor", true, nothing, 1, 333, 0, 5_000],
    ["no longer on a fast path", false, { rttMs: 20, firstSignMs: first }, 3, 20, 20, 5_000],
    ["no longer where nobody answers", false, nothing, 0, 333, 0, 5_000],
    ["longer where nobody has answered before", false, { ...nothing, firstSignMs: 20_000 }, 0, 333, 0, 20_000],
    ["no longer for that once somebody has", false, { ...nothing, firstSignMs: 20_000 }, 1, 20, 20, 5_000],
    [
      "longer at an acceptor whose answers came to nothing",
      true,
      { ...nothing, firstSignMs: 20_000 },
      1,
      333,
      0,
      20_000,
    ],
    ["longer on a path that is known to be slow", false, { rttMs: 3_333, firstSignMs: first }, 0, 3_333, 0, 29_000],
    ["longer on one that turns out to be", false, nothing, 1, 1_333, 1_333, 13_000],
    ["longer on one that an acceptor finds slow", true, nothing, 2, 1_333, 1_333, 13_000],
    ["no longer for a packet that was repeated", true, nothing, 2, 3_000, 20, 5_000],
    ["that much at most", false, { rttMs: 60_000, firstSignMs: 60_000 }, 0, 333, 0, HANDSHAKE_MS_MAX],
  ] as const)("%s", (_what, isAcceptor, terms, packets, rttMs, minRttMs, ms) => {
    expect(endsAt(isAcceptor, terms, packets, rttMs, minRttMs)).toBe(ms);
  });
});

test("a flight is repeated less and less often, however often it is asked for", () => {
  const pace = new HandshakePace(defaultLimits, undefined, true, 0);
  const repeats: number[] = [];
  for (let now = 0; now <= 5_000; now += 10) if (pace.takeRepeat(now)) repeats.push(now);
  expect(repeats).toEqual([200, 600, 1_400, 3_000]);
});
