/** Hours of usage: those of UTC, counted from 1970. */

export const HOUR_MS = 3_600_000;

/** @param wall Milliseconds since 1970 */
export function hourOf(wall: number): number {
  return Math.floor(wall / HOUR_MS);
}

/** When an hour begins, in milliseconds since 1970. */
export function startOfHour(hour: number): number {
  return hour * HOUR_MS;
}
