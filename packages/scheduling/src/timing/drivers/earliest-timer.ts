import { monotonicNow } from "./clock.ts";

/** Node takes a longer one for one of a millisecond. */
const TIMEOUT_MS_MAX = 0x7fff_ffff;

/**
 * The one timer of a driver, for cores that say with every step when they want to be called next. It moves to an earlier time
 * only: a call that comes too early costs a core nothing, and a timer that is moved with every packet costs a lot.
 */
export class EarliestTimer {
  readonly #now: () => number;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** When it rings. No time is earlier than -Infinity: that is how it stays closed. */
  #at = Infinity;

  /**
   * @param call Called from the event loop at the earliest of the times that were set since its last call, or before.
   * @param now Monotonic milliseconds.
   */
  constructor(call: () => void, now: () => number = monotonicNow) {
    this.#now = now;
    this.#ring = () => {
      this.#at = Infinity;
      call();
    };
  }

  /** Wants a call at that time, or soon if it is past. `Infinity`: wants none; one that was wanted earlier comes nevertheless. */
  set(at: number): void {
    if (at >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(this.#ring, Math.min(Math.max(0, Math.ceil(at - this.#now())), TIMEOUT_MS_MAX));
  }

  /** Makes no more calls, whatever is set. */
  close(): void {
    clearTimeout(this.#timer);
    this.#at = -Infinity;
  }
}
