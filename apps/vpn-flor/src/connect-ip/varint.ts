/** Integers of variable length (RFC 9000, 16): 1, 2, 4 or 8 bytes, whose first two bits say how many. */

/** The bytes of an integer that begins with this byte. */
export function varintSize(first: number): 1 | 2 | 4 | 8 {
  return (1 << (first >> 6)) as 1 | 2 | 4 | 8;
}

/** Reads an integer whose bytes are all there. Above 2^53 - 1 it is rounded. */
export function readVarint(bytes: Uint8Array, at: number): number {
  const size = varintSize(bytes[at]!);
  let value = bytes[at]! & 0x3f;
  for (let i = 1; i < size; i++) value = value * 256 + bytes[at + i]!;
  return value;
}

/** The shortest form of an integer, 0 to 2^53 - 1. */
export function varintBytes(value: number): number[] {
  if (value < 0x40) return [value];
  if (value < 0x4000) return [0x40 | (value >>> 8), value & 0xff];
  const low = [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  if (value < 0x4000_0000) return [0x80 | low[0]!, ...low.slice(1)];
  const high = Math.floor(value / 2 ** 32);
  return [0xc0, (high >>> 16) & 0xff, (high >>> 8) & 0xff, high & 0xff, ...low];
}
