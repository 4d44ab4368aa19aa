import { readVarint, varintBytes, varintSize } from "./varint.ts";

/** Types of capsules (RFC 9297, 3.2; RFC 9484, 4.7). */
export const CapsuleType = { addressAssign: 0x01, addressRequest: 0x02, routeAdvertisement: 0x03 } as const;

/** An address of ADDRESS_ASSIGN or ADDRESS_REQUEST (RFC 9484, 4.7.1 and 4.7.2). */
export interface CapsuleAddress {
  /** The number of a request, 1 or more; in an assignment the request that it answers, or 0. */
  readonly request: number;
  /** 4 or 16 bytes; all zero in a request for any address, and in the answer that refuses a request. */
  readonly address: Uint8Array;
  readonly prefix: number;
}

/** A range of ROUTE_ADVERTISEMENT (RFC 9484, 4.7.3). */
export interface AdvertisedRange {
  /** 4 or 16 bytes. */
  readonly first: Uint8Array;
  /** As long as `first`, and not before it. */
  readonly last: Uint8Array;
  /** The upper protocol, as IPv4 and IPv6 number it; 0: all of them. */
  readonly protocol: number;
}

/** The reasons for which a capsule ends the session. Each is a counter. */
export type CapsuleFault = "cut" | "tooLong" | "version" | "prefix" | "request" | "empty" | "order";

/** @param type `addressAssign` or `addressRequest` */
export function writeAddresses(type: number, addresses: readonly CapsuleAddress[]): Uint8Array {
  return writeCapsule(
    type,
    addresses.flatMap(({ request, address, prefix }) => [
      ...varintBytes(request),
      versionOf(address),
      ...address,
      prefix,
    ]),
  );
}

/** @param ranges in the order that RFC 9484, 4.7.3 wants: by version, protocol and address, none overlapping another */
export function writeRoutes(ranges: readonly AdvertisedRange[]): Uint8Array {
  return writeCapsule(
    CapsuleType.routeAdvertisement,
    ranges.flatMap(({ first, last, protocol }) => [versionOf(first), ...first, ...last, protocol]),
  );
}

function writeCapsule(type: number, value: readonly number[]): Uint8Array {
  return Uint8Array.from([...varintBytes(type), ...varintBytes(value.length), ...value]);
}

/** Reads the value of ADDRESS_ASSIGN or ADDRESS_REQUEST. A request names at least one address, and each has a number of its own. */
export function readAddresses(type: number, value: Uint8Array): readonly CapsuleAddress[] | CapsuleFault {
  const addresses: CapsuleAddress[] = [];
  const isRequest = type === CapsuleType.addressRequest;
  const requests = new Set<number>();
  for (let at = 0; at < value.length;) {
    const size = varintSize(value[at]!);
    if (at + size >= value.length) return "cut";
    const request = readVarint(value, at);
    const length = lengthOf(value[at + size]!);
    if (length === undefined) return "version";
    const start = at + size + 1;
    at = start + length + 1;
    if (at > value.length) return "cut";
    // A number that is rounded could not be said again in the answer.
    if (isRequest && (request === 0 || request > Number.MAX_SAFE_INTEGER || requests.has(request))) return "request";
    requests.add(request);
    const address = value.slice(start, start + length);
    const prefix = value[start + length]!;
    // RFC 9484, 4.7.1: bits behind the prefix are zero.
    if (prefix > length * 8 || !isNetwork(address, prefix)) return "prefix";
    addresses.push({ request, address, prefix });
  }
  return isRequest && addresses.length === 0 ? "empty" : addresses;
}

/** Reads the value of ROUTE_ADVERTISEMENT, and checks its order, which shows that no ranges overlap. */
export function readRoutes(value: Uint8Array): readonly AdvertisedRange[] | CapsuleFault {
  const ranges: AdvertisedRange[] = [];
  for (let at = 0; at < value.length;) {
    const length = lengthOf(value[at]!);
    if (length === undefined) return "version";
    const end = at + 1 + 2 * length;
    if (end >= value.length) return "cut";
    const first = value.slice(at + 1, at + 1 + length);
    const range = { first, last: value.slice(at + 1 + length, end), protocol: value[end]! };
    if (compareBytes(range.first, range.last) > 0) return "order";
    const before = ranges.at(-1);
    if (before !== undefined && !isBehind(before, range)) return "order";
    ranges.push(range);
    at = end + 1;
  }
  return ranges;
}

function isBehind(before: AdvertisedRange, range: AdvertisedRange): boolean {
  if (before.first.length !== range.first.length) return before.first.length < range.first.length;
  if (before.protocol !== range.protocol) return before.protocol < range.protocol;
  return compareBytes(before.last, range.first) < 0;
}

/** Whether all bits of an address behind its prefix are zero. */
function isNetwork(address: Uint8Array, prefix: number): boolean {
  return address.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    return (byte & (0xff >> bits)) === 0;
  });
}

/** Compares as numbers of the same length. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at === -1 ? 0 : a[at]! - b[at]!;
}

function versionOf({ length }: Uint8Array): number {
  return length === 4 ? 4 : 6;
}

function lengthOf(version: number): 4 | 16 | undefined {
  if (version === 4) return 4;
  return version === 6 ? 16 : undefined;
}
