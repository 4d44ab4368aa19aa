/** Milliseconds since the machine started: the same clock in every process. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
