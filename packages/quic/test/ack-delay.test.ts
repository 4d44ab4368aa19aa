import { describe, expect, test } from "vitest";
import { AckDelay, ackDelayMs, ackPacketsMax } from "../src/ack-delay.ts";

describe("an acknowledgement", () => {
  test("does not wait before the connection was quiet for the first time: that is the handshake", () => {
    expect(new AckDelay().isDue(0)).toBe(true);
  });

  test("waits for company, and not for long", () => {
    const acks = quiet();
    expect(acks.isDue(100)).toBe(false);
    expect(acks.nextTimeout()).toBe(Infinity);
    acks.handlePacket(100);
    acks.handlePacket(101);
    expect(acks.isDue(101)).toBe(false);
    expect(acks.nextTimeout()).toBe(100 + ackDelayMs);
    expect(acks.isDue(100 + ackDelayMs)).toBe(true);
  });

  test("goes along with whatever else is to be sent", () => {
    const acks = quiet();
    acks.handlePacket(100);
    acks.handleWork();
    expect(acks.isDue(100)).toBe(true);
    acks.handleDrained();
    expect(acks.isDue(100)).toBe(false);
    expect(acks.nextTimeout()).toBe(Infinity);
  });

  test("of many packets does not wait", () => {
    const acks = quiet();
    for (let packet = 0; packet < ackPacketsMax - 1; packet++) acks.handlePacket(100);
    expect(acks.isDue(100)).toBe(false);
    acks.handlePacket(100);
    expect(acks.isDue(100)).toBe(true);
  });

  test("credit for what was read later is given without another packet", () => {
    const acks = quiet();
    acks.handleRead(500);
    expect(acks.nextTimeout()).toBe(500 + ackDelayMs);
  });
});

function quiet(): AckDelay {
  const acks = new AckDelay();
  acks.handleDrained();
  return acks;
}
