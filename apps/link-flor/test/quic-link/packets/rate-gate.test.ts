import { describe, expect, test } from "vitest";
import { RateGate } from "../../../src/quic-link/packets/rate-gate.ts";

const PAYLOAD = 1_452;
const HEADERS = 48;
/** Time of the payloads that leave at once, and lateness that is made up for, in milliseconds. */
const SLACK_MS = 1 + 2;

/** Bytes that leave within a second when there is always something to send, and each timer is so late. */
function sentInSecond(bitsPerSecond: number, lateMs: number): number {
  const gate = new RateGate();
  gate.setRate(bitsPerSecond);
  let bytes = 0;
  for (let now = 0; now < 1_000; now = gate.nextTimeout() + lateMs) {
    for (; gate.poll(now); bytes += PAYLOAD + HEADERS) gate.handleSent(PAYLOAD, now);
  }
  return bytes;
}

describe("a gate with a rate", () => {
  test.each([1e6, 50e6, 1e9, 10e9])("lets %d bits leave in a second, and no more, though timers are late", (rate) => {
    for (const lateMs of [0, 0.1, 1.7]) {
      const apart = Math.abs(sentInSecond(rate, lateMs) - rate / 8);
      expect(apart).toBeLessThanOrEqual((rate / 8_000) * SLACK_MS + PAYLOAD + HEADERS);
    }
  });

  test("does not make up for a long silence", () => {
    const gate = new RateGate();
    gate.setRate(12e6);
    let payloads = 0;
    for (; gate.poll(60_000); payloads++) gate.handleSent(PAYLOAD, 60_000);
    expect(payloads).toBe(4);
  });

  test("has no timer while nothing waits", () => {
    const gate = new RateGate();
    gate.setRate(1e6);
    gate.handleSent(PAYLOAD, 0);
    expect(gate.nextTimeout()).toBe(Infinity);
    expect(gate.poll(0)).toBe(false);
    expect(gate.nextTimeout()).toBeCloseTo(12 - SLACK_MS, 5);
  });
});

test("without a rate all leaves at once, also when there was one before", () => {
  const gate = new RateGate();
  gate.setRate(64_000);
  for (let i = 0; i < 100; i++) gate.handleSent(PAYLOAD, 0);
  expect(gate.poll(0)).toBe(false);
  gate.setRate(undefined);
  for (let i = 0; i < 100; i++) {
    expect(gate.poll(0)).toBe(true);
    gate.handleSent(PAYLOAD, 0);
  }
});
