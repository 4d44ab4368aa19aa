import { QUEUE_GROUPS } from "../limits.ts";

/**
 * Says which in-link a queue sends from next. Shares are fair by bytes (start-time fair queueing: Goyal, Vin and Chen, 1996), and an in-link
 * whose next packet is in a hurry may have it sent out of turn, on credit:
 *
 * - A tag tells how many bytes an in-link has had, and the present is the smallest tag of the in-links that wait. All that is sent for an
 *   in-link grows its tag, out of turn or not, so that none has more than another for longer than two packets take.
 * - An in-link has credit again once the present has come as far as its last packet out of turn: once each other in-link that waits has had
 *   as many bytes. So credit is one packet, and cannot be saved up.
 * - In-links with credit take turns. So a packet in a hurry, with credit, waits for one packet of each other in-link at most.
 */
export class InLinkTurns {
  readonly #tags = new Float64Array(QUEUE_GROUPS);
  /** When an in-link has credit again: once the present has come so far. */
  readonly #creditAt = new Float64Array(QUEUE_GROUPS);
  /** Sets of bits: `#waiting` has the in-links with something to send, `#hurried` those whose next packet is in a hurry. */
  #waiting = 0;
  #hurried = 0;
  #present = 0;
  /** The largest tag. */
  #latest = 0;
  /** The in-link whose packet in a hurry was sent last. */
  #lastHurried = 0;

  /** The in-link that is next; -1: none has anything to send. */
  next(): number {
    const first = this.#first();
    if (this.#hurried === 0) return first;
    const present = this.#tags[first]!;
    const uptoLast = (2 << this.#lastHurried) - 1;
    const after = this.#withCredit(this.#hurried & ~uptoLast, present);
    if (after !== -1) return after;
    const around = this.#withCredit(this.#hurried & uptoLast, present);
    return around === -1 ? first : around;
  }

  /** An in-link has something to send. `isHurried`: its next packet is in a hurry. */
  wake(member: number, isHurried: boolean): void {
    const bit = 1 << member;
    if ((this.#waiting & bit) === 0) this.#tags[member] = Math.max(this.#tags[member]!, this.#present);
    this.#waiting |= bit;
    this.#hurried = isHurried ? this.#hurried | bit : this.#hurried & ~bit;
  }

  /** The in-link has nothing more to send. */
  sleep(member: number): void {
    this.#waiting &= ~(1 << member);
    this.#hurried &= ~(1 << member);
    this.#settle();
  }

  /** A packet of the in-link was sent, in a hurry or not. The in-link may have nothing more to send. */
  handleSent(member: number, length: number, isHurried: boolean): void {
    const first = this.#first();
    const tag = this.#tags[member]!;
    this.#present = first === -1 ? tag : Math.min(tag, this.#tags[first]!);
    this.#tags[member] = tag + length;
    this.#latest = Math.max(this.#latest, tag + length);
    if (isHurried) {
      this.#creditAt[member] = Math.max(this.#creditAt[member]!, this.#present) + length;
      this.#lastHurried = member;
    }
    this.#settle();
  }

  /** Whether nothing of the in-link waits, and it has had no more than the others. */
  isOver(member: number): boolean {
    return (this.#waiting & (1 << member)) === 0 && this.#tags[member]! <= this.#present;
  }

  clear(): void {
    this.#tags.fill(0);
    this.#creditAt.fill(0);
    this.#waiting = 0;
    this.#hurried = 0;
    this.#present = 0;
    this.#latest = 0;
    this.#lastHurried = 0;
  }

  #first(): number {
    let first = -1;
    for (let left = this.#waiting; left !== 0; left &= left - 1) {
      const member = 31 - Math.clz32(left & -left);
      if (first === -1 || this.#tags[member]! < this.#tags[first]!) first = member;
    }
    return first;
  }

  /** The first of the members that has credit; -1: none has. */
  #withCredit(members: number, present: number): number {
    for (let left = members; left !== 0; left &= left - 1) {
      const member = 31 - Math.clz32(left & -left);
      if (this.#creditAt[member]! <= present) return member;
    }
    return -1;
  }

  /** When no in-link waits, each has had all that it wanted: the present then catches up with the largest tag. */
  #settle(): void {
    if (this.#waiting === 0) this.#present = this.#latest;
  }
}
