/** Pause before the second call of an originator. Each further pause is twice as long. */
const RETRY_MS = 100;
const RETRY_MS_MAX = 1_000;
const RETRY_REFUSED_MS = 10_000;
const PASSING: ReadonlySet<string> = new Set([
  "NO_ANSWER",
  "SILENT",
  "RESET",
  "CLOSED",
  "STOPPING",
  "VERTEX_GONE",
  "SUPERSEDED",
  "UNKNOWN_CODE",
]);
const SOON: ReadonlySet<string> = new Set([...PASSING, "NOT_WANTED", "OVERLOADED", "TOO_SLOW", "NOT_JUDGED"]);

/** Decides when a link is tried again, and its state meanwhile, by the code with which its session has ended. */
export class Retries {
  /** The time of an originator's next call, if there is no session. */
  nextAt = 0;
  #pauseMs = RETRY_MS;

  handleUp(): void {
    this.#pauseMs = RETRY_MS;
  }

  /** Handles the end of an attempt or a session. Returns the state of the link, if it has no other session. */
  handleFailure(code: string, wasUp: boolean, now: number): "down" | "refused" {
    const isSoon = wasUp || SOON.has(code);
    this.nextAt = now + (isSoon ? this.#pauseMs * (0.8 + 0.4 * Math.random()) : RETRY_REFUSED_MS);
    this.#pauseMs = Math.min(2 * this.#pauseMs, RETRY_MS_MAX);
    return wasUp || PASSING.has(code) ? "down" : "refused";
  }
}
