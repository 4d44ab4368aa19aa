import { RETURN_MS, RETURN_MS_MAX } from "../limits.ts";

/**
 * Says whether the new streams of a trunk go to the standby host of its service, as its own host is silent, and when they return. No I/O.
 *
 *     settled ──silent──▶ silent ──answered──▶ answering ──1 s, or longer each time──▶ settled
 *                           ▲                      │
 *                           └───────silent─────────┘
 *
 * A host that is silent now and then keeps none of them to and fro: new streams leave it once it is silent, and return only after it has answered for
 * a while without a silence, for twice as long each time that it is silent again soon.
 */
export class Detour {
  #state: "settled" | "silent" | "answering" = "settled";
  #isTaken = false;
  #returnMs = RETURN_MS;
  #returnAt = Number.POSITIVE_INFINITY;
  #settledAt = Number.NEGATIVE_INFINITY;

  /** Whether a connection to the standby host should be there. */
  get isWanted(): boolean {
    return this.#state !== "settled";
  }

  /** Whether new streams go to the standby host. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** When `handleTimeout` is due; Infinity: never. */
  get nextTimeout(): number {
    return this.#returnAt;
  }

  /** The trunk's own host owes an answer and says nothing at all. */
  handleSilent(now: number): void {
    if (this.#state === "settled") {
      const isSoon = now < this.#settledAt + RETURN_MS_MAX;
      this.#returnMs = isSoon ? Math.min(2 * this.#returnMs, RETURN_MS_MAX) : RETURN_MS;
    }
    this.#state = "silent";
    this.#returnAt = Number.POSITIVE_INFINITY;
  }

  /** The trunk's own host has answered. */
  handleAnswered(now: number): void {
    if (this.#state !== "silent") return;
    this.#state = "answering";
    this.#returnAt = now + this.#returnMs;
  }

  /** The standby host has been proven. New streams leave no host for it that has answered meanwhile. */
  handleReady(): void {
    if (this.#state === "silent") this.#isTaken = true;
  }

  /** The standby host is none any more, or another one: new streams go to the own host until one is ready. */
  handleLost(): void {
    this.#isTaken = false;
  }

  handleTimeout(now: number): void {
    if (now < this.#returnAt) return;
    this.#state = "settled";
    this.#settledAt = now;
    this.#returnAt = Number.POSITIVE_INFINITY;
    this.#isTaken = false;
  }
}
