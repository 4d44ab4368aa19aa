/** Milliseconds on a clock that never jumps: the `now` of every core. */
export function monotonicNow(): number {
  return performance.now();
}
