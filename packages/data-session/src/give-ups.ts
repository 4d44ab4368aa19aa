import { RateLimit } from "@florenetes/scheduling";
import { GIVE_UPS_BURST, GIVE_UPS_PER_SECOND } from "./limits.ts";
import type { SessionStream } from "./session-stream.ts";

/**
 * Streams of ours that were reset before their answer. The peer counts those, and takes more than a certain rate of
 * them for flooding. So each reset waits until that rate allows it, and the stream keeps its place meanwhile. Pure: the
 * time is an argument.
 */
export class GiveUps {
  readonly #limit = new RateLimit(GIVE_UPS_BURST, GIVE_UPS_PER_SECOND);
  readonly #waiting = new Map<number, SessionStream>();
  /** The session's time, as last told. */
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  /** True: the reset may be sent at once. Else the stream waits, and `shift` returns it. */
  add(stream: SessionStream): boolean {
    if (this.#waiting.size === 0 && this.#limit.take(this.#now)) return true;
    this.#waiting.set(stream.id, stream);
    return false;
  }

  handleTime(now: number): void {
    this.#now = now;
  }

  /** The next stream whose reset may be sent now. */
  shift(): SessionStream | undefined {
    if (this.#waiting.size === 0) return undefined;
    for (const [id, stream] of this.#waiting) {
      if (!this.#limit.take(this.#now)) return undefined;
      this.#waiting.delete(id);
      return stream;
    }
    return undefined;
  }

  /** When `shift` has a stream; Infinity when none waits. */
  nextTimeout(): number {
    return this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : this.#limit.nextAt();
  }

  /** Takes out a waiting stream: the peer has answered it, or has reset it, too. */
  take(id: number): SessionStream | undefined {
    const stream = this.#waiting.get(id);
    this.#waiting.delete(id);
    return stream;
  }

  clear(): void {
    this.#waiting.clear();
  }
}
