/** Questions of nodes that wait until there are other lists: one of each key. Pure; times are monotonic milliseconds. */
import { HELD_MAX, HELD_MS } from "./limits.ts";

export class HeldQuestions<Question> {
  /** All wait equally long: the first one is due first. */
  readonly #held = new Map<string, { readonly question: Question; readonly until: number }>();

  /**
   * Holds a question. Returns those that are to be answered for it: an earlier one of the same key, or this one where no more can
   * be held.
   */
  hold(keyHash: string, question: Question, now: number): Question[] {
    const earlier = this.#held.get(keyHash);
    if (earlier === undefined && this.#held.size >= HELD_MAX) return [question];
    this.#held.delete(keyHash);
    this.#held.set(keyHash, { question, until: now + HELD_MS });
    return earlier === undefined ? [] : [earlier.question];
  }

  /** Forgets a question: its node has gone. */
  forget(keyHash: string, question: Question): void {
    if (this.#held.get(keyHash)?.question === question) this.#held.delete(keyHash);
  }

  /** Takes out all questions: there are other lists. */
  takeAll(): Question[] {
    const questions = [...this.#held.values()].map(({ question }) => question);
    this.#held.clear();
    return questions;
  }

  /** Takes out those that have waited for long enough. */
  takeDue(now: number): Question[] {
    const due = [...this.#held].filter(([, { until }]) => until <= now);
    for (const [keyHash] of due) this.#held.delete(keyHash);
    return due.map(([, { question }]) => question);
  }
}
