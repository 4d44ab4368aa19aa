import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { OriginatorConduct } from "../../../src/transport/services/originator-conduct.ts";
import { RefusalLimit } from "../../../src/transport/services/refusal-limit.ts";

const limits = { refusedHandshakesBurst: 10, refusedHandshakesPerSecond: 4 };
const stranger = { inLink: 1, isKnown: false };
const known = { inLink: 1, isKnown: true };

test("a link with refused handshakes is closed until they are worked off, and no other", () => {
  const refused = new RefusalLimit(limits);
  for (let i = 0; i < 10; i++) {
    expect(refused.isOpen(stranger, 0)).toBe(true);
    refused.handleRefused(stranger, 0);
  }
  expect(refused.isOpen(stranger, 0)).toBe(false);
  expect(refused.isOpen({ ...stranger, inLink: 2 }, 0)).toBe(true);
  expect(refused.isOpen(stranger, 249)).toBe(false);
  expect(refused.isOpen(stranger, 250)).toBe(true);
});

test("strangers that are refused close no link for those who come by a known way, who have as many for themselves", () => {
  const refused = new RefusalLimit(limits);
  for (let i = 0; i < 1_000; i++) refused.handleRefused(stranger, 0);
  for (let i = 0; i < 10; i++) {
    expect(refused.isOpen(known, 0)).toBe(true);
    refused.handleRefused(known, 0);
  }
  expect(refused.isOpen(known, 0)).toBe(false);
  expect(refused.isOpen(known, 250)).toBe(true);
  expect(refused.isOpen(stranger, 250)).toBe(false);
});

test("what was begun before does not close it for more than half a second longer", () => {
  const refused = new RefusalLimit(limits);
  for (let i = 0; i < 1_000; i++) refused.handleRefused(stranger, 0);
  expect(refused.isOpen(stranger, 749)).toBe(false);
  expect(refused.isOpen(stranger, 750)).toBe(true);
});

test("whoever asks whenever: in the long run no more begin than the rate says", () => {
  assert(
    property(array(integer({ min: 0, max: 400 }), { minLength: 50, maxLength: 200 }), (pauses) => {
      const refused = new RefusalLimit(limits);
      let now = 0;
      let begun = 0;
      for (const pause of pauses) {
        now += pause;
        if (!refused.isOpen(stranger, now)) continue;
        begun++;
        refused.handleRefused(stranger, now);
      }
      expect(begun).toBeLessThanOrEqual(10 + (4 * now) / 1_000);
    }),
  );
});

test("a principal that fails too often is not welcome for the pause, and others are", () => {
  const conduct = new OriginatorConduct({ failedStreamsBurst: 3, failedStreamsPerSecond: 1, conductPauseMs: 500 });
  for (let i = 0; i < 3; i++) expect(conduct.handleFailed("user/a", 0)).toBe(true);
  expect(conduct.isWelcome("user/a", 0)).toBe(true);
  expect(conduct.handleFailed("user/a", 0)).toBe(false);
  expect(conduct.isWelcome("user/a", 499)).toBe(false);
  expect(conduct.isWelcome("user/a", 500)).toBe(true);
  expect(conduct.isWelcome("user/b", 0)).toBe(true);
});

test("conduct is remembered of those who failed last", () => {
  const conduct = new OriginatorConduct({ failedStreamsBurst: 1, failedStreamsPerSecond: 0, conductPauseMs: 1e9 });
  const fail = (name: string): void => {
    conduct.handleFailed(name, 0);
    conduct.handleFailed(name, 0);
  };
  fail("first");
  for (let i = 0; i < 4_096; i++) fail(`user/${i}`);
  expect(conduct.isWelcome("first", 0)).toBe(true);
  expect(conduct.isWelcome("user/0", 0)).toBe(false);
});
