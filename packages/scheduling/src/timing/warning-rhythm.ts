/** When people are warned again of an end that comes, or has come. Times are milliseconds since 1970, by the clock of the wall. */
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The pause between two warnings of an end: a day, and an hour in the last day and after the end. */
export function warningPause(end: number, now: number): number {
  return end - now > DAY_MS ? DAY_MS : HOUR_MS;
}

/** Remembers which warnings were told, and when: each is due at once when its state is another one, and then after a pause. */
export class WarningRhythm {
  readonly #told = new Map<string, { readonly state: string; at: number }>();

  /** Whether a warning is due; if it is, it counts as told from now on. */
  isDue(id: string, state: string, now: number, pauseMs: number): boolean {
    const told = this.#told.get(id);
    if (told?.state === state) {
      // The clock was put back: a warning of a time to come must not silence those from now on.
      told.at = Math.min(told.at, now);
      if (now - told.at < pauseMs) return false;
    }
    this.#told.set(id, { state, at: now });
    return true;
  }

  /** Nothing is to be warned of any more. Returns whether something was. */
  forget(id: string): boolean {
    return this.#told.delete(id);
  }
}
