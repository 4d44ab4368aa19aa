const IS_THERE = 0x100;
const RATE_AT = 0x200;
const UPPER = 2 ** 32;

/** Makes two numbers of an allowance, as both data threads take it; native/node/src/allowance_numbers.rs reads it. Undefined: everything passes. */
export function allowanceNumbers(
  allowance: { readonly classes: number; readonly bitsPerSecond: number } | undefined,
): readonly [number, number] {
  if (allowance === undefined) return [0, 0];
  const { classes, bitsPerSecond } = allowance;
  return [bitsPerSecond % UPPER, Math.floor(bitsPerSecond / UPPER) * RATE_AT + IS_THERE + (classes & 0xff)];
}
