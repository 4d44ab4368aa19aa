import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/packets/addresses.ts";
import { checksumOf } from "../../src/packets/checksum.ts";
import { ICMP_ANSWER_MAX, writeProhibited } from "../../src/packets/icmp.ts";
import { IpPacket } from "../../src/packets/ip-packet.ts";
import { bytesOfPacket, madePacket } from "./arbitrary-packets.ts";
import { bytesOf, GOLDEN } from "./golden-packets.ts";

const own = { v4: parseAddress("10.255.0.1"), v6: parseAddress("fd00:ffff::1") };
const neither = { v4: undefined, v6: undefined };

function read(bytes: Uint8Array): IpPacket {
  const packet = new IpPacket(1);
  expect(packet.read(bytes)).toBeUndefined();
  return packet;
}

/** Room that is not empty, as it is used again and again. */
function room(size = ICMP_ANSWER_MAX): Uint8Array {
  return new Uint8Array(size).fill(0xff);
}

function prohibited(bytes: Uint8Array, from: typeof own | typeof neither = own, out = room()): Uint8Array {
  return out.subarray(0, writeProhibited(read(bytes), bytes, from, out));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function changed(bytes: Uint8Array, at: number, values: Iterable<number>): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(Array.from(values), at);
  return copy;
}

/** The sum of all 16-bit words, folded: 0xffff where the checksum among them is right (RFC 1071). */
function foldedSum(bytes: readonly number[]): number {
  let sum = 0;
  for (const [at, byte] of bytes.entries()) {
    sum += at % 2 === 0 ? byte * 256 : byte;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/** UDP with 1,400 bytes, which count from 0 to 250 again and again, from port 1 to port 2. */
const data = Array.from({ length: 1_400 }, (_, index) => index % 251);
const big4 = Uint8Array.from([...bytesOf("4500059412344000401154ec0a010203c0000235000100020580faba"), ...data]);
const big6 = Uint8Array.from([
  ...changed(bytesOf(GOLDEN.udp6).subarray(0, 40), 0, [0x60, 0, 0, 0, 0x05, 0x80]),
  ...bytesOf("0001000205809de4"),
  ...data,
]);

/** Answers that were made apart from the code here, as the packets in `golden-packets.ts`. */
const golden: readonly (readonly [string, Uint8Array, string])[] = [
  [
    "prohibited, IPv4",
    prohibited(bytesOf(GOLDEN.udp4)),
    "45c0003d00004000400122fd0aff00010a010203030dcb4a00000000" + GOLDEN.udp4,
  ],
  [
    "prohibited, IPv6",
    prohibited(bytesOf(GOLDEN.udp6)),
    "60000000003d3a40fd00ffff000000000000000000000001fd0000000000000000000000000100020101d43900000000" + GOLDEN.udp6,
  ],
  [
    "prohibited, IPv6, of TCP",
    prohibited(bytesOf(GOLDEN.tcp6)),
    "6000000000453a40fd00ffff000000000000000000000001fd00000000000000000000000001000201019e3f00000000" + GOLDEN.tcp6,
  ],
];

describe("answers", () => {
  test.each(golden)("%s", (_, answer, expected) => {
    expect(hexOf(answer)).toBe(expected);
  });

  test("they have as much of a large packet as fits 576 bytes of IPv4, and 1,280 of IPv6", () => {
    expect(prohibited(big4)).toHaveLength(576);
    expect(prohibited(big6)).toHaveLength(1_280);
  });

  test("without an own address, and without room, none are sent", () => {
    for (const bytes of [bytesOf(GOLDEN.udp4), bytesOf(GOLDEN.udp6)]) {
      expect(prohibited(bytes, neither)).toHaveLength(0);
    }
    expect(prohibited(big4, own, room(55))).toHaveLength(0);
    expect(prohibited(big4, own, room(56))).toHaveLength(56);
    expect(prohibited(big6, own, room(87))).toHaveLength(0);
    expect(prohibited(big6, own, room(88))).toHaveLength(88);
  });
});

const udp4 = bytesOf(GOLDEN.udp4);
const udp6 = bytesOf(GOLDEN.udp6);
const unanswered: readonly (readonly [string, Uint8Array])[] = [
  ["a later fragment of IPv4", bytesOf(GOLDEN.laterFragment4)],
  ["a later fragment of IPv6", bytesOf(GOLDEN.laterFragment6)],
  ["to an IPv4 group", changed(udp4, 16, parseAddress("224.0.0.251")!)],
  ["to an administrative IPv4 group", changed(udp4, 16, parseAddress("239.255.255.250")!)],
  ["to the broadcast", changed(udp4, 16, parseAddress("255.255.255.255")!)],
  ["to 0.0.0.0", changed(udp4, 16, parseAddress("0.0.0.0")!)],
  ["to an IPv6 group", changed(udp6, 24, parseAddress("ff02::fb")!)],
  ["to ::", changed(udp6, 24, parseAddress("::")!)],
  ["from 0.0.0.0", changed(udp4, 12, parseAddress("0.0.0.0")!)],
  ["from an IPv4 group", changed(udp4, 12, parseAddress("224.0.0.1")!)],
  ["from the broadcast", changed(udp4, 12, parseAddress("255.255.255.255")!)],
  ["from 127.0.0.1", changed(udp4, 12, parseAddress("127.0.0.1")!)],
  ["from ::", changed(udp6, 8, parseAddress("::")!)],
  ["from ::1", changed(udp6, 8, parseAddress("::1")!)],
  ["from an IPv6 group", changed(udp6, 8, parseAddress("ff02::1")!)],
  ["ICMP without a type", changed(bytesOf(GOLDEN.icmp4).subarray(0, 20), 3, [20])],
  ["ICMPv6 without a type", changed(bytesOf(GOLDEN.icmp6).subarray(0, 40), 5, [0])],
];

const answered: readonly (readonly [string, Uint8Array])[] = [
  ["a first fragment of IPv4", bytesOf(GOLDEN.firstFragment4)],
  ["a first fragment of IPv6", bytesOf(GOLDEN.firstFragment6)],
  ["from an address next to ::1", changed(udp6, 8, parseAddress("::2")!)],
  ["from fd00::", changed(udp6, 8, parseAddress("fd00::")!)],
  ["from fd00::1", changed(udp6, 8, parseAddress("fd00::1")!)],
  ["from the last unicast IPv4 address", changed(udp4, 12, parseAddress("223.255.255.255")!)],
  ["a header alone", changed(udp4.subarray(0, 20), 3, [20])],
];

describe("packets without an answer", () => {
  test.each(unanswered)("%s", (_, bytes) => {
    expect(prohibited(bytes)).toHaveLength(0);
  });

  test.each(answered)("but %s has one", (_, bytes) => {
    expect(prohibited(bytes).length).toBeGreaterThan(0);
  });

  test("of ICMP only questions and their answers have one", () => {
    const all = Array.from({ length: 256 }, (_, type) => type);
    const of4 = all.filter((type) => prohibited(changed(bytesOf(GOLDEN.icmp4), 20, [type])).length > 0);
    expect(of4).toEqual([0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 42, 43]);
    const of6 = all.filter((type) => prohibited(changed(bytesOf(GOLDEN.icmp6), 40, [type])).length > 0);
    expect(of6).toEqual(all.filter((type) => type >= 128 && type !== 137));
  });

  test("types of the other version's ICMP say nothing", () => {
    expect(prohibited(changed(changed(bytesOf(GOLDEN.icmp4), 20, [3]), 9, [58])).length).toBeGreaterThan(0);
    expect(prohibited(changed(changed(bytesOf(GOLDEN.icmp6), 40, [1]), 6, [1])).length).toBeGreaterThan(0);
  });
});

describe("whatever the packet", () => {
  const addresses = fc
    .constantFrom("10.1.2.3", "192.0.2.1", "fd00::7", "2001:db8::1")
    .map((text) => parseAddress(text)!);
  const fromHost = fc
    .tuple(madePacket, addresses, addresses, fc.nat(1_400))
    .filter(([made, source, destination]) =>
      [source, destination].every((one) => one.length === (made.version === 4 ? 4 : 16)),
    )
    .map(([made, source, destination, more]) => {
      const payload = Uint8Array.from([...made.payload, ...data.slice(0, more)]);
      return { ...made, source, destination, payload };
    });

  test("an answer is an IP packet to its sender, with right checksums, that quotes it and is not answered itself", () => {
    let count = 0;
    fc.assert(
      fc.property(fromHost, (made) => {
        const bytes = bytesOfPacket(made);
        const answer = prohibited(bytes);
        if (answer.length === 0) {
          expect([1, 58]).toContain(made.protocol);
          return;
        }
        count++;
        const is4 = made.version === 4;
        const packet = read(answer);
        const { sourceAt, destinationAt, addressLength, payloadOffset: at } = packet;
        expect(packet).toMatchObject({ version: made.version, protocol: is4 ? 1 : 58, payloadOffset: is4 ? 20 : 40 });
        expect(answer.length).toBe(Math.min(is4 ? 576 : 1_280, at + 8 + bytes.length));
        const source = answer.subarray(sourceAt, sourceAt + addressLength);
        expect(formatAddress(source)).toBe(is4 ? "10.255.0.1" : "fd00:ffff::1");
        expect(answer.subarray(destinationAt, destinationAt + addressLength)).toEqual(made.source);
        const message = [...answer.subarray(at)];
        expect([...answer.subarray(at + 8)]).toEqual([...bytes.subarray(0, answer.length - at - 8)]);
        if (is4) expect(foldedSum([...answer.subarray(0, 20)])).toBe(0xffff);
        const pseudo = [...source, ...made.source, 0, 0, message.length >> 8, message.length & 0xff, 0, 0, 0, 58];
        expect(foldedSum(is4 ? message : [...pseudo, ...message])).toBe(0xffff);
        expect(prohibited(answer)).toHaveLength(0);
      }),
      { numRuns: 300 },
    );
    expect(count).toBeGreaterThan(150);
  });

  test("an answer stays within its room", () => {
    fc.assert(
      fc.property(fromHost, fc.nat(ICMP_ANSWER_MAX), (made, size) => {
        const out = room();
        const bytes = bytesOfPacket(made);
        const length = writeProhibited(read(bytes), bytes, own, out.subarray(0, size));
        expect(length).toBeLessThanOrEqual(size);
        expect(out.subarray(length).every((byte) => byte === 0xff)).toBe(true);
      }),
    );
  });
});

describe("checksums", () => {
  test("the example of RFC 1071", () => {
    expect(checksumOf(bytesOf("0001f203f4f5f6f7"), 0, 8)).toBe(~0xddf2 & 0xffff);
  });

  test("an odd byte counts as if a zero followed", () => {
    expect(checksumOf(bytesOf("0102030405"), 1, 4)).toBe(checksumOf(bytesOf("02030400"), 0, 4));
  });

  test("a sum that folds twice", () => {
    expect(checksumOf(bytesOf("ffffffff0001"), 0, 6)).toBe(0xfffe);
  });
});
