/** Letters that an observer reads of each sender: whoever sends more is answered `busy`. Pure. */
import { RateLimit } from "@florenetes/scheduling";
import { forgetOldest } from "../forget-oldest.ts";

/** Letters of one sender at once and each second, and senders that are remembered: those that were heard longest ago are forgotten. */
export interface SenderBounds {
  readonly burst: number;
  readonly perSecond: number;
  readonly senders: number;
}

export class SenderLimits {
  readonly #bounds: SenderBounds;
  readonly #senders = new Map<string, RateLimit>();

  constructor(bounds: SenderBounds) {
    this.#bounds = bounds;
  }

  /** Whether a letter of a sender is read. @param now Monotonic milliseconds */
  mayWrite(sender: string, now: number): boolean {
    const { burst, perSecond, senders } = this.#bounds;
    const limit = this.#senders.get(sender) ?? new RateLimit(burst, perSecond, now);
    this.#senders.delete(sender);
    this.#senders.set(sender, limit);
    forgetOldest(this.#senders, senders);
    return limit.take(now);
  }
}
