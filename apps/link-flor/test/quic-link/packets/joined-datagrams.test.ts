import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinedSize } from "../../../src/quic-link/packets/joined-datagrams.ts";

const id = randomBytes(8);

function short(length: number, ownId: Uint8Array = id): Buffer {
  const packet = randomBytes(length);
  packet[0] = 0x40 | (packet[0]! & 0x3f);
  packet.set(ownId, 1);
  return packet;
}

describe("datagrams that the kernel has joined", () => {
  it("are cut where the next one begins", () => {
    const packets = fc.record({
      size: fc.integer({ min: 29, max: 1452 }),
      count: fc.integer({ min: 1, max: 8 }),
      last: fc.integer({ min: 29, max: 1452 }),
    });
    fc.assert(
      fc.property(packets, ({ size, count, last }) => {
        const whole = Array.from({ length: count }, () => short(size));
        const joined = Buffer.concat([...whole, short(Math.min(last, size))]);
        expect(joinedSize(joined)).toBe(size);
      }),
    );
  });

  it("are told from one alone", () => {
    expect(joinedSize(short(1452))).toBe(1452);
    expect(joinedSize(short(29))).toBe(29);
    expect(joinedSize(Buffer.alloc(0))).toBe(0);
    expect(joinedSize(Buffer.of(0x40))).toBe(1);
  });

  it("with a long header say their own lengths", () => {
    const packet = short(600);
    const joined = Buffer.concat([packet, packet]);
    joined[0] = 0xc3;
    expect(joinedSize(joined)).toBe(1200);
  });

  it("are never cut into less than a packet, whatever a stranger writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), fc.integer({ min: 0, max: 1500 }), (pattern, length) => {
        const bytes = Buffer.alloc(length, pattern.length === 0 ? 0 : Buffer.from(pattern));
        const size = joinedSize(bytes);
        expect(size === length || size >= 29).toBe(true);
      }),
    );
  });
});
