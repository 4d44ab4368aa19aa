/** The ids of mail that a node has passed on or read, until they end: a copy is dropped, and an answer is passed back once. Pure. */
import { REMEMBERED_MAX } from "./limits.ts";
import { SharedRoom } from "./shared-room.ts";

/** A letter that has come. */
export interface Remembered {
  /** The neighbour that brought it, and the one that it was given to; empty: it was for this node. */
  readonly from: string;
  readonly to: string;
  /** Monotonic milliseconds. */
  readonly until: number;
  isAnswered: boolean;
}

/** How often those that have ended are let go of. */
const SWEEP_MS = 2_000;

export class RememberedMail {
  readonly #mails = new Map<string, Remembered>();
  readonly #room = new SharedRoom(REMEMBERED_MAX);
  #sweepsAt = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#mails.size;
  }

  /** Undefined: there is none, or it has ended. */
  get(id: string, now: number): Remembered | undefined {
    this.#sweep(now);
    const mail = this.#mails.get(id);
    return mail !== undefined && now < mail.until ? mail : undefined;
  }

  /** Whether there is room for one more that this neighbour brings. None is forgotten before its end to make some. */
  hasRoom(from: string, now: number): boolean {
    this.#sweep(now);
    return this.#room.hasRoom(from, 1);
  }

  /** The caller has asked for room, and for the id. */
  add(id: string, mail: Omit<Remembered, "isAnswered">): void {
    this.#forget(id);
    this.#mails.set(id, { ...mail, isAnswered: false });
    this.#room.take(mail.from, 1);
  }

  #sweep(now: number): void {
    if (now < this.#sweepsAt) return;
    this.#sweepsAt = now + SWEEP_MS;
    for (const [id, { until }] of this.#mails) if (now >= until) this.#forget(id);
  }

  #forget(id: string): void {
    const mail = this.#mails.get(id);
    if (mail === undefined) return;
    this.#mails.delete(id);
    this.#room.release(mail.from, 1);
  }
}
