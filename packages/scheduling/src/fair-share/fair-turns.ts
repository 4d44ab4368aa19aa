/**
 * Says whose turn it is among up to 32 members that share a link: start-time fair queueing (Goyal, Vin and Chen, 1996).
 *
 * Each has a tag, the virtual time at which its next packet begins; the smallest is next, and grows by the cost of what it sends. Who
 * begins anew begins at the present, so that he need not wait for a round of those who have sent all the time.
 */
export class FairTurns {
  readonly #tags: Float64Array;
  /** The members that have something to send, by their bits. */
  #waiting = 0;
  /** The tag of what was sent last; the largest one, once nobody waits: all have had what they wanted then. */
  #now = 0;
  #latest = 0;

  constructor(members: number) {
    this.#tags = new Float64Array(members);
  }

  /** The one that is next; -1: nobody has anything to send. */
  next(): number {
    let first = -1;
    for (let left = this.#waiting; left !== 0; left &= left - 1) {
      const member = 31 - Math.clz32(left & -left);
      if (first === -1 || this.#tags[member]! < this.#tags[first]!) first = member;
    }
    return first;
  }

  /** Takes up a member that has something to send. */
  wake(member: number): void {
    if ((this.#waiting & (1 << member)) !== 0) return;
    this.#waiting |= 1 << member;
    this.#tags[member] = Math.max(this.#tags[member]!, this.#now);
  }

  /** Leaves out a member that has nothing more to send. */
  sleep(member: number): void {
    this.#waiting &= ~(1 << member);
    this.#settle();
  }

  /** Charges a member for what it has sent in its turn. The member may sleep already. */
  handleSent(member: number, cost: number): void {
    this.#now = this.#tags[member]!;
    this.#tags[member] = this.#now + cost;
    this.#latest = Math.max(this.#latest, this.#tags[member]);
    this.#settle();
  }

  /** Whether a member has nothing to send, and has had no more than the others. */
  isOver(member: number): boolean {
    return (this.#waiting & (1 << member)) === 0 && this.#tags[member]! <= this.#now;
  }

  #settle(): void {
    if (this.#waiting === 0) this.#now = this.#latest;
  }
}
