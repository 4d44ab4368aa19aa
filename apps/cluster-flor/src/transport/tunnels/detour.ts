import { RETURN_MS, RETURN_MS_MAX } from "../limits.ts";

/**
 * Says whether the new streams of a trunk go to the standby host of its service, as its own host is silent, and when they return. No I/O.
 *
 *     settled ──silent──▶ silent ──answered──▶ answering ──1 s, or longer each time──▶ settled
 *                           ▲                      │
 *                           └────silent, down──────┘
 *
 * A host that is silent now and then keeps none of them to and fro: new streams leave it once it is silent, and return only after it has answered for
 * a while without a silence, for twice as long each time that it is silent again soon. A standby that is silent or gone itself is left at once, and
 * taken again only after a while, too, which doubles likewise.
 */
export class Detour {
  #state: "settled" | "silent" | "answering" = "settled";
  #isTaken = false;
  #returnMs = RETURN_MS;
  #returnAt = Number.POSITIVE_INFINITY;
  #settledAt = Number.NEGATIVE_INFINITY;
  /** How long the standby host is left alone the next time that it is left while the own one is silent. */
  #pauseMs = RETURN_MS;
  #notBefore = Number.NEGATIVE_INFINITY;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** Whether the standby host might be taken if it were not too soon. */
  #isPaused = false;

  /** Whether the own host has been silent, and new streams have not returned for good. */
  get isOn(): boolean {
    return this.#state !== "settled";
  }

  /** Whether new streams go to the standby host. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** When `handleTimeout`, and then `handleReady`, is due; Infinity: never. */
  get nextTimeout(): number {
    return Math.min(this.#returnAt, this.#isPaused ? this.#notBefore : Number.POSITIVE_INFINITY);
  }

  /** The trunk's own host owes an answer and says nothing at all. */
  handleSilent(now: number): void {
    if (this.#state === "settled") {
      const isSoon = now < this.#settledAt + RETURN_MS_MAX;
      this.#returnMs = isSoon ? Math.min(2 * this.#returnMs, RETURN_MS_MAX) : RETURN_MS;
      if (!isSoon) this.#pauseMs = RETURN_MS;
    }
    this.#state = "silent";
    this.#returnAt = Number.POSITIVE_INFINITY;
  }

  /** The trunk's own host has answered. */
  handleAnswered(now: number): void {
    if (this.#state !== "silent") return;
    this.#state = "answering";
    this.#isPaused = false;
    this.#returnAt = now + this.#returnMs;
  }

  /** The trunk's own host has no connection any more: it has to answer anew before new streams return to it. */
  handleDown(): void {
    if (this.#state !== "answering") return;
    this.#state = "silent";
    this.#returnAt = Number.POSITIVE_INFINITY;
  }

  /** The standby host is proven, and is not silent itself. New streams leave no host for it that has answered meanwhile. */
  handleReady(now: number): void {
    if (this.#state !== "silent" || this.#isTaken) return;
    this.#isTaken = now >= this.#notBefore;
    this.#isPaused = !this.#isTaken;
    if (this.#isTaken) this.#takenAt = now;
  }

  /** The standby host is silent itself, or has no connection: new streams go to the own host, which is as good. */
  handleUnfit(now: number): void {
    this.#isPaused = false;
    if (!this.#isTaken) return;
    this.#isTaken = false;
    // A standby that was good for long is left alone no longer than one that is left for the first time.
    if (now >= this.#takenAt + RETURN_MS_MAX) this.#pauseMs = RETURN_MS;
    this.#notBefore = now + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, RETURN_MS_MAX);
  }

  /** The standby host is none any more, or another one: new streams go to the own host until one is ready. */
  handleLost(): void {
    this.#isTaken = false;
    this.#isPaused = false;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  /** Another standby host, which is proven, has the new streams from now on. */
  handleReplaced(now: number): void {
    this.#takenAt = now;
  }

  /** Nothing has used the two hosts for long: the next new streams ask the own host. */
  handleUnneeded(now: number): void {
    this.#settle(now);
  }

  handleTimeout(now: number): void {
    if (now >= this.#returnAt) this.#settle(now);
  }

  #settle(now: number): void {
    this.#state = "settled";
    this.#settledAt = now;
    this.#returnAt = Number.POSITIVE_INFINITY;
    this.#isTaken = false;
    this.#isPaused = false;
  }
}
