/**
 * When something is due that is done once in each interval: at a multiple of it. So all that is done once a second in a process is done
 * in one wake-up, which costs more than most of it.
 *
 * @param now Monotonic milliseconds
 * @returns after `now`, by the interval at most
 */
export function nextRound(now: number, intervalMs: number): number {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

/** Whole milliseconds until then, as a timer of the system wants them. */
export function untilRound(now: number, intervalMs: number): number {
  return Math.ceil(nextRound(now, intervalMs) - now);
}
