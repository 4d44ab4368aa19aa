import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CapsuleReader } from "../../src/connect-ip/capsule-reader.ts";
import {
  type AdvertisedRange,
  type CapsuleAddress,
  CapsuleType,
  readAddresses,
  readRoutes,
  writeAddresses,
  writeRoutes,
} from "../../src/connect-ip/capsules.ts";
import { CAPSULE_SIZE_MAX } from "../../src/connect-ip/limits.ts";
import { varintBytes } from "../../src/connect-ip/varint.ts";
import { parseAddress } from "../../src/packets/addresses.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const address = (text: string): Uint8Array => parseAddress(text)!;

/** Reads a stream that comes in these pieces. */
function readAll(...pieces: Uint8Array[]): {
  capsules: { type: number; value: string }[];
  fault: string | undefined;
  isWhole: boolean;
} {
  const reader = new CapsuleReader();
  const capsules: { type: number; value: string }[] = [];
  let fault: string | undefined;
  for (const piece of pieces)
    fault ??= reader.read(piece, ({ type, value }) => capsules.push({ type, value: hex(value) }));
  return { capsules, fault, isWhole: reader.isWhole };
}

describe("capsules on the wire", () => {
  test("a request for one address of each version", () => {
    const written = writeAddresses(CapsuleType.addressRequest, [
      { request: 1, address: new Uint8Array(4), prefix: 32 },
      { request: 2, address: new Uint8Array(16), prefix: 128 },
    ]);
    expect(hex(written)).toBe(`021a010400000000200206${"00".repeat(16)}80`);
  });

  test("an assignment that answers a request", () => {
    const written = writeAddresses(CapsuleType.addressAssign, [
      { request: 1, address: address("100.64.0.7"), prefix: 32 },
    ]);
    expect(hex(written)).toBe("0107 01 04 64400007 20".replaceAll(" ", ""));
  });

  test("ranges of both versions", () => {
    const written = writeRoutes([
      { first: address("10.0.0.0"), last: address("10.255.255.255"), protocol: 0 },
      { first: address("fd00::"), last: address("fd00::ffff"), protocol: 17 },
    ]);
    expect(hex(written)).toBe(`032c040a0000000affffff0006fd${"00".repeat(15)}fd${"00".repeat(13)}ffff11`);
  });

  test.each([
    ["nothing behind the number", "01", "cut"],
    ["no prefix", "01 04 0a000000", "cut"],
    ["a number that is cut", "40", "cut"],
    ["version 5", "01 05 0a000000 20", "version"],
    ["a prefix beyond the address", "01 04 0a000000 21", "prefix"],
    ["bits behind the prefix", "01 04 0a000001 08", "prefix"],
  ])("an address with %s is refused", (_, value, fault) => {
    expect(readAddresses(CapsuleType.addressAssign, bytes(value))).toBe(fault);
  });

  test.each([
    ["no address", "", "empty"],
    ["number 0", "00 04 00000000 20", "request"],
    ["a number above 2^53 - 1", "c020000000000000 04 00000000 20", "request"],
    ["a number twice", "01 04 00000000 20 01 04 00000000 20", "request"],
  ])("a request with %s is refused", (_, value, fault) => {
    expect(readAddresses(CapsuleType.addressRequest, bytes(value))).toBe(fault);
  });

  test("an assignment of no address takes all back", () => {
    expect(readAddresses(CapsuleType.addressAssign, new Uint8Array())).toEqual([]);
  });

  test.each([
    ["a range that is cut", "04 0a000000 0affffff", "cut"],
    ["another version", "07 0a000000 0affffff 00", "version"],
    ["an end before its start", "04 0a000001 0a000000 00", "order"],
    ["ranges that overlap", "04 0a000000 0a0000ff 00 04 0a0000ff 0a0001ff 00", "order"],
    ["ranges in falling order", "04 0b000000 0b0000ff 00 04 0a000000 0a0000ff 00", "order"],
    ["protocols in falling order", "04 0a000000 0a0000ff 06 04 0a000100 0a0001ff 00", "order"],
    ["IPv4 behind IPv6", `06 ${"00".repeat(16)} ${"00".repeat(16)} 00 04 0a000000 0a0000ff 00`, "order"],
  ])("%s is refused", (_, value, fault) => {
    expect(readRoutes(bytes(value))).toBe(fault);
  });

  test("what is written is read back", () => {
    const anAddress = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    const anyAddress: fc.Arbitrary<CapsuleAddress> = fc
      .record({
        request: fc.maxSafeNat(),
        address: anAddress,
        prefix: fc.constant(0),
      })
      .map(({ request, address }) => ({ request, address, prefix: address.length * 8 }));
    fc.assert(
      fc.property(fc.array(anyAddress, { maxLength: 20 }), (addresses) => {
        const { capsules } = readAll(writeAddresses(CapsuleType.addressAssign, addresses));
        expect(readAddresses(CapsuleType.addressAssign, bytes(capsules[0]!.value))).toEqual(addresses);
      }),
    );
  });

  test("whatever comes is read or refused, and ranges that are taken are in order", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (value) => {
        for (const type of [CapsuleType.addressAssign, CapsuleType.addressRequest]) readAddresses(type, value);
        const routes = readRoutes(value);
        if (typeof routes !== "string") expect(hex(writeRoutes(routes))).toContain(hex(value));
      }),
    );
  });
});

describe("a stream of capsules", () => {
  const ranges: AdvertisedRange[] = [{ first: address("10.0.0.0"), last: address("10.0.0.255"), protocol: 0 }];
  const known = writeRoutes(ranges);

  test("gives the same whatever the pieces are in which it comes", () => {
    const unknown = Uint8Array.from([...varintBytes(0x1234), ...varintBytes(300), ...new Uint8Array(300)]);
    const stream = Uint8Array.from([...known, ...unknown, ...known]);
    const whole = readAll(stream);
    expect(whole).toMatchObject({ fault: undefined, isWhole: true });
    expect(whole.capsules).toHaveLength(2);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        expect(readAll(...at.slice(1).map((end, index) => stream.subarray(at[index], end)))).toEqual(whole);
      }),
    );
  });

  test("a capsule that is cut leaves it unfinished", () => {
    expect(readAll(known.subarray(0, -1))).toMatchObject({ capsules: [], isWhole: false });
    expect(readAll(bytes("0a05 00"))).toMatchObject({ capsules: [], isWhole: false });
  });

  test("a known capsule that is too long is refused by its length alone", () => {
    const head = Uint8Array.from([CapsuleType.routeAdvertisement, ...varintBytes(CAPSULE_SIZE_MAX + 1)]);
    expect(readAll(head)).toMatchObject({ capsules: [], fault: "tooLong" });
    const longest = Uint8Array.from([CapsuleType.routeAdvertisement, ...varintBytes(CAPSULE_SIZE_MAX)]);
    expect(readAll(longest).fault).toBe(undefined);
    expect(readAll(longest, new Uint8Array(CAPSULE_SIZE_MAX)).capsules).toHaveLength(1);
  });

  test("an unknown capsule of 2^62 bytes is skipped for as long as it comes", () => {
    const head = bytes("3f ffffffffffffffff");
    expect(readAll(head, new Uint8Array(100_000), new Uint8Array(100_000))).toMatchObject({
      capsules: [],
      fault: undefined,
      isWhole: false,
    });
  });
});
