/**
 * The Internet checksum (RFC 1071) of `bytes[start, end)`, 16 bits.
 *
 * @param sum Added before: that of a pseudo header, from `sumOf`
 */
export function checksumOf(bytes: Uint8Array, start: number, end: number, sum = 0): number {
  let folded = sum + sumOf(bytes, start, end);
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}

/** The sum of the 16-bit words of `bytes[start, end)`, not folded; an odd byte at the end counts as if a zero followed. */
export function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2) sum += (bytes[at]! << 8) | (at + 1 < end ? bytes[at + 1]! : 0);
  return sum;
}
