import { RateLimit } from "@florenetes/scheduling";
import { GIVE_UPS_BURST, GIVE_UPS_PER_SECOND } from "./limits.ts";
import type { SessionStream } from "./session-stream.ts";

/**
 * Streams of ours that were given up before their answer: the peer counts those, and takes more than a rate of them for a flood. So the word
 * about each waits until it is within that rate, and the stream keeps its place meanwhile. Pure: the time is an argument.
 */
export class GiveUps {
  readonly #limit = new RateLimit(GIVE_UPS_BURST, GIVE_UPS_PER_SECOND);
  readonly #waiting = new Map<number, SessionStream>();
  /** The session's time, as far as it was told. */
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** True: the peer may be told of it at once. Else it waits, and `shift` gives it back. */
  add(stream: SessionStream): boolean {
    if (this.#waiting.size === 0 && this.#limit.take(this.#now)) return true;
    this.#waiting.set(stream.id, stream);
    return false;
  }

  /** Notes the time. */
  handleTime(now: number): void {
    this.#now = now;
  }

  /** The next one that the peer may be told of now. */
  shift(): SessionStream | undefined {
    if (this.#waiting.size === 0) return undefined;
    for (const [id, stream] of this.#waiting) {
      if (!this.#limit.take(this.#now)) return undefined;
      this.#waiting.delete(id);
      return stream;
    }
    return undefined;
  }

  /** When `shift` has one; Infinity when none waits. */
  nextTimeout(): number {
    return this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : this.#limit.nextAt();
  }

  /** Takes out one that waits: the peer has answered it, or knows already. */
  take(id: number): SessionStream | undefined {
    const stream = this.#waiting.get(id);
    this.#waiting.delete(id);
    return stream;
  }

  clear(): void {
    this.#waiting.clear();
  }
}
