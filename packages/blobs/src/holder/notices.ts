import { NOTICE_MS } from "./limits.ts";

/** Sentences for a log, of each kind at most one in a while. */
export class Notices {
  readonly #last = new Map<string, number>();
  readonly #elapsed: () => number;
  readonly #say: (sentence: string) => void;

  constructor(elapsed: () => number, say: (sentence: string) => void) {
    this.#elapsed = elapsed;
    this.#say = say;
  }

  /** @param kind a word of the code, and of nothing that others say: each is remembered */
  say(kind: string, sentence: string): void {
    const now = this.#elapsed();
    const last = this.#last.get(kind);
    if (last !== undefined && now - last < NOTICE_MS) return;
    this.#last.set(kind, now);
    this.#say(sentence);
  }
}
