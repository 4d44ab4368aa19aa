/** The ids of mail that a node has passed on or read, until they end: a copy is dropped, and an answer is passed back once. Pure. */
import { REMEMBERED_MAX } from "./limits.ts";
import { SharedRoom } from "./shared-room.ts";

/** A letter that has come. */
export interface Remembered {
  /** The neighbour that brought it, and the one that it was given to; empty: it was for this node, or went nowhere. */
  readonly from: string;
  readonly to: string;
  /** Monotonic milliseconds. */
  readonly until: number;
  /** The end that the mail itself names, in milliseconds since 1970. */
  readonly end: number;
  isAnswered: boolean;
  /** The neighbour that it was given to is gone since: nobody counts on an answer. */
  isLost: boolean;
}

/** How often those that have ended are let go of. */
const SWEEP_MS = 2_000;

export class RememberedMail {
  readonly #mails = new Map<string, Remembered>();
  /** Ids of letters that wait for an answer, by the neighbour that they were given to. */
  readonly #given = new Map<string, Set<string>>();
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
  add(id: string, { from, to, until, end }: Omit<Remembered, "isAnswered" | "isLost">): Remembered {
    this.#forget(id);
    const mail = { from, to, until, end, isAnswered: false, isLost: false };
    this.#mails.set(id, mail);
    this.#room.take(from, 1);
    if (to === "") return mail;
    const given = this.#given.get(to) ?? new Set();
    this.#given.set(to, given.add(id));
    return mail;
  }

  /** The answer has come: the letter may be lost no more. */
  handleAnswered(id: string, mail: Remembered): void {
    mail.isAnswered = true;
    this.#takeBack(id, mail);
  }

  /** A letter may be lost, as whoever was to answer it is gone. Returns false where that is known, or the answer was here. */
  handleLost(id: string, mail: Remembered): boolean {
    if (mail.isAnswered || mail.isLost) return false;
    mail.isLost = true;
    this.#takeBack(id, mail);
    return true;
  }

  /** Letters that were given to a neighbour, and that wait for an answer. */
  givenTo(peer: string, now: number): readonly (readonly [string, Remembered])[] {
    return [...(this.#given.get(peer) ?? [])].flatMap((id) => {
      const mail = this.get(id, now);
      return mail === undefined ? [] : [[id, mail] as const];
    });
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
    this.#takeBack(id, mail);
  }

  #takeBack(id: string, { to }: Remembered): void {
    const given = this.#given.get(to);
    if (given?.delete(id) === true && given.size === 0) this.#given.delete(to);
  }
}
