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

/** When the calendar month of a time begins (UTC), or one so many months later, in milliseconds since 1970. */
export function startOfMonth(wall: number, later = 0): number {
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later);
}
