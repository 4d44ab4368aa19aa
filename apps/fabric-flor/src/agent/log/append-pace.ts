/** When an agent appends: one append at a time, and more and more rarely to a store that says `done` and keeps nothing. Pure; times are monotonic milliseconds. */
import { LogError } from "@florenetes/facts/log";
import { APPEND_PAUSES_MAX, LOOK_MS, VAIN_APPENDS_TOLD } from "../limits.ts";
import { type LogProblem, problemOf } from "./log-orders.ts";

const NOT_KEPT: LogProblem = problemOf(
  new LogError("ERR_LOG_NOT_KEPT", "what was appended is not in the store, time and again"),
);

export class AppendPace {
  /** Appends in a row after which no missing record was in the log. */
  #vain = 0;
  #isAppending = false;
  #hasTaken = false;
  #nextAt: number = Number.NEGATIVE_INFINITY;

  get problem(): LogProblem | undefined {
    return this.#vain >= VAIN_APPENDS_TOLD ? NOT_KEPT : undefined;
  }

  isDue(now: number): boolean {
    return !this.#isAppending && now >= this.#nextAt;
  }

  begin(): void {
    this.#isAppending = true;
    this.#hasTaken = false;
  }

  /** A record that was missing is in the log. */
  handleTaken(): void {
    this.#hasTaken = true;
    this.#vain = 0;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }

  /** An append is over, whatever came of it. */
  handleAppended(now: number): void {
    this.#isAppending = false;
    if (!this.#hasTaken) this.#nextAt = now + LOOK_MS * Math.min(2 ** this.#vain++, APPEND_PAUSES_MAX);
  }
}
