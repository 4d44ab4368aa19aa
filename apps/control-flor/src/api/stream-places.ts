import { ApiError } from "./exchange.ts";
import { STREAMS_MAX, STREAMS_OF_ONE_MAX } from "./limits.ts";

/** Places for streams of events, in all and of each principal. */
export class StreamPlaces {
  readonly #held = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Takes a place, until the returned function is called.
   *
   * @throws ApiError ERR_CONTROL_STREAMS
   */
  take(principal: string): () => void {
    const own = this.#held.get(principal) ?? 0;
    if (this.#size >= STREAMS_MAX || own >= STREAMS_OF_ONE_MAX) {
      const message = own >= STREAMS_OF_ONE_MAX ? `you have ${own} streams open` : `${STREAMS_MAX} streams are open`;
      throw new ApiError("ERR_CONTROL_STREAMS", message, { "retry-after": "10" });
    }
    this.#size++;
    this.#held.set(principal, own + 1);
    return () => {
      this.#size--;
      const left = this.#held.get(principal)! - 1;
      if (left === 0) this.#held.delete(principal);
      else this.#held.set(principal, left);
    };
  }
}
