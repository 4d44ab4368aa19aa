/** Packets that are remembered to see those that circle, a power of two: a megabyte, or the last second of 250,000 in a second. */
export const PASSED_PACKETS: number = 1 << 18;
