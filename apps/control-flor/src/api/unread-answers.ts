import { ApiError } from "./exchange.ts";
import { ANSWERS_UNREAD_MAX } from "./limits.ts";

/** Octets of answers that principals have yet to read. */
export class UnreadAnswers {
  readonly #octets = new Map<string, number>();

  /**
   * Whether a principal gets a further answer: it does as long as it reads those that it has got.
   *
   * @throws ApiError ERR_CONTROL_BUSY
   */
  admit(principal: string): void {
    if ((this.#octets.get(principal) ?? 0) < ANSWERS_UNREAD_MAX) return;
    throw new ApiError("ERR_CONTROL_BUSY", "you have not read the answers that you have got", { "retry-after": "1" });
  }

  /** Counts an answer, until the returned function is called. */
  add(principal: string, octets: number): () => void {
    this.#octets.set(principal, (this.#octets.get(principal) ?? 0) + octets);
    return () => {
      const left = this.#octets.get(principal)! - octets;
      if (left === 0) this.#octets.delete(principal);
      else this.#octets.set(principal, left);
    };
  }
}
