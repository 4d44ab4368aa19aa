const IS_THERE = 0x100;
const SHARE_AT = 0x200;
const RATE_AT = 0x20_0000;
const UPPER = 2 ** 32;
/** The highest rate that there is room for, in bits per second: no link carries as much. */
const RATE_MAX = 2 ** 43 - 1;

/**
 * Makes two numbers of an allowance and the share that it is for, as both data threads take them; native/node/src/allowance_numbers.rs reads them.
 *
 * @param allowance Undefined: everything passes
 * @param share 1 to 4,095, or 0 for none
 */
export function allowanceNumbers(
  allowance: { readonly classes: number; readonly bitsPerSecond: number } | undefined,
  share: number = 0,
): readonly [number, number] {
  const whose = SHARE_AT * share;
  if (allowance === undefined) return [0, whose];
  const { classes, bitsPerSecond } = allowance;
  const rate = Math.min(bitsPerSecond, RATE_MAX);
  return [rate % UPPER, Math.floor(rate / UPPER) * RATE_AT + whose + IS_THERE + (classes & 0xff)];
}
