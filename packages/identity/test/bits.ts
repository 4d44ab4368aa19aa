import { isSoak } from "@florenetes/simkit";

/** Places of bits to flip: one or two bits of each octet, in all positions; all bits in `npm run soak`. */
export function bitsOf(octets: Uint8Array): number[] {
  const step = isSoak ? 1 : 7;
  return Array.from({ length: Math.ceil((octets.length * 8) / step) }, (_, index) => index * step);
}
