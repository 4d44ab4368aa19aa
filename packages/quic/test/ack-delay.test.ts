import { describe, expect, test } from "vitest";
import { AckDelay, ACK_DELAY_MS, ACK_PACKETS_MAX } from "../src/portable/ack-delay.ts";

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
    expect(acks.nextTimeout()).toBe(100 + ACK_DELAY_MS);
    expect(acks.isDue(100 + ACK_DELAY_MS)).toBe(true);
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
    for (let packet = 0; packet < ACK_PACKETS_MAX - 1; packet++) acks.handlePacket(100);
    expect(acks.isDue(100)).toBe(false);
    acks.handlePacket(100);
    expect(acks.isDue(100)).toBe(true);
  });

  test("of a window that is smaller waits once: then it is made of what the sender stopped at, and grows back", () => {
    const acks = quiet();
    const packets = (count: number): boolean => {
      for (let packet = 0; packet < count; packet++) acks.handlePacket(100);
      return acks.isDue(100);
    };
    expect(packets(4)).toBe(false);
    acks.handleTimeout(100 + ACK_DELAY_MS);
    acks.handleDrained();
    for (let window = 0; window < 16; window++) {
      expect(packets(3)).toBe(false);
      expect(packets(1)).toBe(true);
      acks.handleDrained();
    }
    expect(packets(4)).toBe(false);
    expect(packets(1)).toBe(true);
  });

  test.each([
    ["a single packet that nobody answered", 1, 100 + ACK_DELAY_MS],
    ["a timer of the engine", 4, 100 + ACK_DELAY_MS - 1],
  ])("is made of no fewer packets after %s", (_, count, firesAt) => {
    const acks = quiet();
    for (let packet = 0; packet < count; packet++) acks.handlePacket(100);
    acks.handleTimeout(firesAt);
    expect(acks.isDue(firesAt)).toBe(true);
    acks.handleDrained();
    for (let packet = 1; packet < ACK_PACKETS_MAX; packet++) acks.handlePacket(200);
    expect(acks.isDue(200)).toBe(false);
  });

  test("that nobody takes stays due, and wakes nobody again", () => {
    const acks = quiet();
    acks.handlePacket(100);
    acks.handleTimeout(100 + ACK_DELAY_MS);
    expect(acks.nextTimeout()).toBe(Infinity);
    acks.handlePacket(200);
    expect(acks.nextTimeout()).toBe(Infinity);
    expect(acks.isDue(200)).toBe(true);
  });

  test("credit for what was read later is given without another packet", () => {
    const acks = quiet();
    acks.handleRead(500);
    expect(acks.nextTimeout()).toBe(500 + ACK_DELAY_MS);
  });
});

function quiet(): AckDelay {
  const acks = new AckDelay();
  acks.handleDrained();
  return acks;
}
