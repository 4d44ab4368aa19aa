import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IpPacket, PACKET_FAULTS } from "../../src/packets/ip-packet.ts";
import { EXTENSION_HEADERS_MAX } from "../../src/packets/limits.ts";
import { bytesOfPacket, fragmentsOf, type MadePacket, madePacket, payloadOffsetOf } from "./arbitrary-packets.ts";
import { bytesOf, GOLDEN, GOLDEN_REFUSED } from "./golden-packets.ts";

const SEED = 0x5eed;

function readHex(hex: string, packet = new IpPacket(SEED)): IpPacket {
  expect(packet.read(bytesOf(hex))).toBeUndefined();
  return packet;
}

function faultOf(bytes: Uint8Array): string | undefined {
  return new IpPacket(SEED).read(bytes);
}

/** The bytes of a hex text, some of which are others: `[at, value]`. */
function changed(hex: string, ...changes: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = bytesOf(hex);
  for (const [at, value] of changes) bytes[at] = value;
  return bytes;
}

const none = { sourcePort: -1, destinationPort: -1 };
const whole = { isFragment: false, isLaterFragment: false };
const in4 = { version: 4, dscp: 0, sourceAt: 12, destinationAt: 16, addressLength: 4, ...whole };
const in6 = { version: 6, dscp: 0, sourceAt: 8, destinationAt: 24, addressLength: 16, ...whole };
const dns = { protocol: 17, sourcePort: 40000, destinationPort: 53 };

const read: readonly (readonly [keyof typeof GOLDEN, Record<string, unknown>])[] = [
  ["udp4", { ...in4, ...dns, length: 33, payloadOffset: 20 }],
  ["tcp4WithOptions", { ...in4, dscp: 46, protocol: 6, sourcePort: 50000, destinationPort: 443, payloadOffset: 28 }],
  ["icmp4", { ...in4, ...none, protocol: 1, payloadOffset: 20 }],
  ["sctp4", { ...in4, protocol: 132, sourcePort: 5000, destinationPort: 6000 }],
  ["dccp4", { ...in4, protocol: 33, sourcePort: 5001, destinationPort: 6001 }],
  ["firstFragment4", { ...in4, ...dns, isFragment: true }],
  ["laterFragment4", { ...in4, ...none, protocol: 17, isFragment: true, isLaterFragment: true }],
  ["udp6", { ...in6, ...dns, dscp: 8, length: 53, payloadOffset: 40 }],
  ["tcp6", { ...in6, protocol: 6, sourcePort: 50000, destinationPort: 22 }],
  ["extensions6", { ...in6, protocol: 17, sourcePort: 1, destinationPort: 2, payloadOffset: 120 }],
  ["firstFragment6", { ...in6, ...dns, isFragment: true, payloadOffset: 56 }],
  ["laterFragment6", { ...in6, ...none, protocol: 60, isFragment: true, isLaterFragment: true, payloadOffset: 48 }],
  ["atomicFragment6", { ...in6, ...dns, payloadOffset: 48 }],
  ["icmp6", { ...in6, ...none, protocol: 58, payloadOffset: 40 }],
  ["nothing6", { ...in6, ...none, protocol: 59, payloadOffset: 40 }],
  ["esp6", { ...in6, ...none, protocol: 50, payloadOffset: 40 }],
];

describe("packets that are carried", () => {
  test.each(read)("%s", (name, fields) => {
    expect(readHex(GOLDEN[name])).toMatchObject(fields);
  });

  test("one view reads them one after the other, and keeps nothing of the one before", () => {
    const packet = new IpPacket(SEED);
    for (const [name, fields] of read) expect(readHex(GOLDEN[name], packet)).toMatchObject(fields);
    for (const [name, fields] of read.toReversed()) expect(readHex(GOLDEN[name], packet)).toMatchObject(fields);
  });

  test("a payload that ends before its ports has none", () => {
    const cut = bytesOf(GOLDEN.udp4).subarray(0, 23);
    cut[3] = 23;
    const packet = new IpPacket(SEED);
    expect(packet.read(cut)).toBeUndefined();
    expect(packet).toMatchObject({ protocol: 17, ...none });
  });

  test("reserved bits of a fragment header make no fragment", () => {
    const packet = new IpPacket(SEED);
    expect(packet.read(changed(GOLDEN.atomicFragment6, [43, 0b110]))).toBeUndefined();
    expect(packet).toMatchObject({ ...dns, ...whole });
  });

  test("a wrong header checksum is left to the kernel", () => {
    expect(faultOf(changed(GOLDEN.udp4, [10, 0], [11, 0]))).toBeUndefined();
  });

  test("options behind the end of options are not read", () => {
    expect(faultOf(changed(GOLDEN_REFUSED.looseSourceRoute, [20, 0]))).toBeUndefined();
  });

  test("whatever is made is read back to its fields", () => {
    const packet = new IpPacket(SEED);
    fc.assert(
      fc.property(madePacket, (made) => {
        const bytes = bytesOfPacket(made);
        expect(packet.read(bytes)).toBeUndefined();
        const { version, dscp, protocol, payload } = made;
        const payloadOffset = payloadOffsetOf(made);
        expect(packet).toMatchObject({ version, dscp, protocol, payloadOffset, length: bytes.length, ...whole });
        const { sourceAt, destinationAt, addressLength } = packet;
        expect(bytes.subarray(sourceAt, sourceAt + addressLength)).toEqual(made.source);
        expect(bytes.subarray(destinationAt, destinationAt + addressLength)).toEqual(made.destination);
        const hasPorts = [6, 17, 33, 132].includes(protocol) && payload.length >= 4;
        expect(packet.sourcePort).toBe(hasPorts ? Buffer.from(payload).readUInt16BE(0) : -1);
        expect(packet.destinationPort).toBe(hasPorts ? Buffer.from(payload).readUInt16BE(2) : -1);
      }),
    );
  });
});

const udp4 = bytesOf(GOLDEN.udp4);
const udp6 = bytesOf(GOLDEN.udp6);
/** UDP behind `count` headers of destination options. */
function optionsInFront(count: number): Uint8Array {
  const headers = Array.from({ length: count }, (_, index) => [index + 1 < count ? 60 : 17, 0, 1, 4, 0, 0, 0, 0]);
  const bytes = Uint8Array.from([...udp6.subarray(0, 40), ...headers.flat(), ...udp6.subarray(40)]);
  bytes[5] = bytes.length - 40;
  bytes[6] = 60;
  return bytes;
}

const refused: readonly (readonly [string, Uint8Array, string])[] = [
  ["nothing", new Uint8Array(), "short"],
  ["IPv4 of 19 bytes", udp4.subarray(0, 19), "short"],
  ["IPv6 of 39 bytes", udp6.subarray(0, 39), "short"],
  ["version 5", changed(GOLDEN.udp4, [0, 0x55]), "version"],
  ["version 0", new Uint8Array(40), "version"],
  ["IPv4 with a byte too few", udp4.subarray(0, 32), "length"],
  ["IPv4 with a byte too many", Uint8Array.from([...udp4, 0]), "length"],
  ["IPv6 with a byte too few", udp6.subarray(0, 52), "length"],
  ["IPv6 with a byte too many", Uint8Array.from([...udp6, 0]), "length"],
  ["an IPv6 jumbogram", bytesOf(GOLDEN_REFUSED.jumbogram), "length"],
  ["an IPv4 header of 16 bytes", changed(GOLDEN.udp4, [0, 0x44]), "header"],
  ["an IPv4 header that is longer than the packet", changed(GOLDEN.udp4, [0, 0x4f]), "header"],
  ["an option of length 0", changed(GOLDEN.tcp4WithOptions, [23, 0]), "header"],
  ["an option of length 1", changed(GOLDEN.tcp4WithOptions, [23, 1]), "header"],
  ["an option beyond the header", changed(GOLDEN.tcp4WithOptions, [23, 7]), "header"],
  ["an option without its length", changed(GOLDEN.tcp4WithOptions, [24, 1], [25, 1], [26, 1], [27, 7]), "header"],
  ["loose source routing", bytesOf(GOLDEN_REFUSED.looseSourceRoute), "routed"],
  ["strict source routing", bytesOf(GOLDEN_REFUSED.strictSourceRoute), "routed"],
  ["routing header type 0", bytesOf(GOLDEN_REFUSED.routingHeader0), "routed"],
  ["routing header type 0 with no segments left", changed(GOLDEN_REFUSED.routingHeader0, [43, 0]), "routed"],
  ["more extension headers than are stepped over", optionsInFront(EXTENSION_HEADERS_MAX + 1), "extensions"],
  ["an extension header that is not there", changed(GOLDEN.nothing6, [6, 60]), "extensions"],
  ["hop-by-hop options that are not there", changed(GOLDEN.nothing6, [6, 0]), "extensions"],
  ["an extension header that is cut", changed(GOLDEN.firstFragment6, [49, 9]), "extensions"],
  ["an AH that is cut", changed(GOLDEN.extensions6, [81, 200]), "extensions"],
  ["hop-by-hop options behind other headers", changed(GOLDEN.extensions6, [40, 0]), "extensions"],
  ["a fragment within a whole one", changed(GOLDEN.firstFragment6, [40, 44], [48, 17]), "extensions"],
];

describe("packets that are refused", () => {
  test.each(refused)("%s", (_, bytes, fault) => {
    expect(faultOf(bytes)).toBe(fault);
  });

  test("each fault is among the names", () => {
    expect(new Set(refused.map(([, , fault]) => fault))).toEqual(new Set(PACKET_FAULTS));
  });

  test("as many extension headers as are stepped over are none too many", () => {
    expect(faultOf(optionsInFront(EXTENSION_HEADERS_MAX))).toBeUndefined();
  });

  test("packets that end anywhere, while their length holds, are not read beyond", () => {
    for (const hex of [...Object.values(GOLDEN), ...Object.values(GOLDEN_REFUSED)]) {
      for (let length = 0; length < hex.length / 2; length++) {
        const cut = bytesOf(hex).slice(0, length);
        const isIpv4 = hex.startsWith("4");
        if (length >= 40 || isIpv4) cut.fill(isIpv4 ? length : length - 40, isIpv4 ? 3 : 5, isIpv4 ? 4 : 6);
        expect(() => new IpPacket(SEED).read(guarded(cut))).not.toThrow();
      }
    }
  });

  test("whatever the bytes, reading does not throw, and stays within them", () => {
    const packet = new IpPacket(SEED);
    const anything = fc.uint8Array({ maxLength: 120 });
    const likely = fc.tuple(madePacket, fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 4 }), fc.nat(8));
    const mutated = likely.map(([made, changes, cut]) => {
      const bytes = bytesOfPacket(made);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      const rest = bytes.subarray(0, bytes.length - cut);
      // A length that holds again leads the reader on to what lies behind it.
      if (made.version === 4 && rest.length >= 20) Buffer.from(rest.buffer).writeUInt16BE(rest.length, 2);
      if (made.version === 6 && rest.length >= 40) Buffer.from(rest.buffer).writeUInt16BE(rest.length - 40, 4);
      return rest;
    });
    fc.assert(
      fc.property(fc.oneof(anything, mutated), (bytes) => {
        const fault = packet.read(guarded(bytes));
        if (fault !== undefined) return PACKET_FAULTS.includes(fault);
        return packet.payloadOffset <= bytes.length && packet.hash >= 0 && packet.hash <= 0xffff_ffff;
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Bytes that throw when something else than one of them is read. */
function guarded(bytes: Uint8Array): Uint8Array {
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key) && Number(key) >= target.length) throw new Error(`reads ${key}`);
      return Reflect.get(target, key, target);
    },
  });
}

describe("hashes", () => {
  test("are the same in both directions", () => {
    fc.assert(
      fc.property(madePacket, fc.uint8Array({ minLength: 8, maxLength: 8 }), (made, ports) => {
        const [source, destination] = [made.destination, made.source];
        const [there, back] = [Uint8Array.from(ports), Uint8Array.from([2, 3, 0, 1].map((at) => ports[at]!))];
        const hashOf = (packet: MadePacket): number => {
          const view = new IpPacket(7);
          expect(view.read(bytesOfPacket(packet))).toBe(undefined);
          return view.hash;
        };
        expect(hashOf({ ...made, source, destination, payload: back })).toBe(hashOf({ ...made, payload: there }));
      }),
    );
  });

  test("a guarded packet tells when it is read beyond", () => {
    expect(() => guarded(new Uint8Array(2))[2]).toThrow("reads 2");
  });

  test("fragments of one datagram have the same", () => {
    expect(readHex(GOLDEN.firstFragment4).hash).toBe(readHex(GOLDEN.laterFragment4).hash);
    expect(readHex(GOLDEN.firstFragment6).hash).toBe(readHex(GOLDEN.laterFragment6).hash);
    fc.assert(
      fc.property(madePacket, fc.integer({ min: 1, max: 4 }), (made, units) => {
        const long = { ...made, payload: Uint8Array.from([...made.payload, ...new Uint8Array(40)]) };
        const [first, later] = fragmentsOf(long, units * 8).map((bytes) => {
          const packet = new IpPacket(SEED);
          expect(packet.read(bytes)).toBeUndefined();
          return packet;
        });
        expect(first).toMatchObject({ isFragment: true, isLaterFragment: false });
        expect(later).toMatchObject({ isFragment: true, isLaterFragment: true, ...none });
        expect(first!.hash).toBe(later!.hash);
      }),
    );
  });

  test("a whole datagram with a fragment header is of its flow", () => {
    const plain = changed(GOLDEN.udp6, [0, 0x60], [1, 0]);
    const packet = new IpPacket(SEED);
    packet.read(plain);
    expect(readHex(GOLDEN.atomicFragment6).hash).toBe(packet.hash);
  });

  const parts: readonly (readonly [string, number])[] = [
    ["the source", 15],
    ["the destination", 19],
    ["the source port", 21],
    ["the destination port", 23],
    ["the protocol", 9],
  ];
  test.each(parts)("%s counts", (_, at) => {
    const packet = new IpPacket(SEED);
    packet.read(changed(GOLDEN.udp4, [at, 6]));
    expect(packet.hash).not.toBe(readHex(GOLDEN.udp4).hash);
  });

  test("nothing else counts", () => {
    const packet = new IpPacket(SEED);
    packet.read(changed(GOLDEN.udp4, [1, 0xb8], [4, 9], [8, 3], [10, 1], [30, 7]));
    expect(packet.hash).toBe(readHex(GOLDEN.udp4).hash);
  });

  test("the seed counts, so that nobody knows which flows meet", () => {
    const pair = (seed: number): number => {
      const packet = new IpPacket(seed);
      const near = readHex(GOLDEN.udp4, packet).hash % 4;
      packet.read(changed(GOLDEN.udp4, [21, 0x41]));
      return near === packet.hash % 4 ? 1 : 0;
    };
    const met = Array.from({ length: 400 }, (_, seed) => pair(seed)).reduce((sum, one) => sum + one);
    expect(met).toBeGreaterThan(50);
    expect(met).toBeLessThan(150);
  });

  test("neighbouring ports and addresses are spread over four shards", () => {
    for (const at of [15, 21]) {
      const shards = [0, 0, 0, 0];
      const packet = new IpPacket(SEED);
      for (let value = 0; value < 256; value++) {
        packet.read(changed(GOLDEN.udp4, [at, value]));
        shards[packet.hash % 4]!++;
      }
      expect(Math.min(...shards)).toBeGreaterThan(40);
    }
  });
});
