import type { Conduct } from "./conduct.ts";
import { MESSAGE_COST_MIN } from "./limits.ts";
import { MessageReader } from "./message-reader.ts";
import type { Message } from "./messages.ts";

/** The messages of a stream, as fast as the neighbour's budget of bytes allows. Pure. */
export class FeedInput {
  readonly #conduct: Conduct;
  readonly #reader = new MessageReader();

  constructor(conduct: Conduct) {
    this.#conduct = conduct;
  }

  feed(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
  }

  /**
   * The next message of a known type; undefined: none is there, or the budget is used up until `opensAt`.
   *
   * @throws Violation
   */
  next(now: number): Message | undefined {
    while (this.#conduct.bytes.isOpen(now)) {
      const received = this.#reader.next();
      if (received === undefined) return undefined;
      this.#conduct.bytes.charge(Math.max(received.size, MESSAGE_COST_MIN), now);
      if (received.message !== undefined) return received.message;
    }
    return undefined;
  }

  /** When bytes may be read again; undefined: now. */
  opensAt(now: number): number | undefined {
    const at = this.#conduct.bytes.opensAt(now);
    return at > now ? at : undefined;
  }
}
