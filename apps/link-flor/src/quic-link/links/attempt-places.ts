import { ATTEMPT_PAUSE_MS, ATTEMPTS_UNDER_WAY_MAX } from "../limits.ts";

/** A link of an originator, which makes attempts. */
export interface AttemptMaker {
  /** The link has waited for a place, and has one from now on. */
  handlePlace(): void;
  /** Other links have begun to wait for a place: attempts of this one may have to end sooner. */
  handleScarcity(): void;
}

/**
 * Places for the attempts under way of all links of a cluster, so that wishes for peers that never answer cost a bounded amount of memory and time.
 *
 * A link without a place waits for its turn, and links are served in the order in which they came. A link that has places gets another one only while
 * no link waits, and never more than it leaves free. Links that were up a moment ago go ahead of the others. The place of an attempt that ends before
 * its time stays taken for a while: so places bound the rate of attempts, too.
 *
 * Pure: the time is an argument.
 */
export class AttemptPlaces {
  #taken = 0;
  readonly #makers = new Map<AttemptMaker, number>();
  readonly #waitingFirst = new Set<AttemptMaker>();
  readonly #waitingNext = new Set<AttemptMaker>();
  /** Places that stay taken for a while, in the order in which they become free. */
  readonly #pausing: { readonly maker: AttemptMaker; readonly until: number }[] = [];

  /** Places that are taken, those that pause included. */
  get taken(): number {
    return this.#taken;
  }

  /** Links that wait for their turn. */
  get waiting(): number {
    return this.#waitingFirst.size + this.#waitingNext.size;
  }

  /** Takes a place for an attempt, which `release` gives back; false: there is none for this link. */
  take(maker: AttemptMaker): boolean {
    const own = this.#makers.get(maker) ?? 0;
    if (this.waiting > 0 || this.#taken + own >= ATTEMPTS_UNDER_WAY_MAX) return false;
    this.#give(maker);
    return true;
  }

  /** Has a link wait for a place: `handlePlace` gives it one, `leave` ends the wait. */
  wait(maker: AttemptMaker, isFirst: boolean): void {
    const wasScarce = this.waiting > 0;
    (isFirst ? this.#waitingFirst : this.#waitingNext).add(maker);
    if (wasScarce) return;
    this.#serve();
    if (this.waiting > 0) for (const each of this.#makers.keys()) each.handleScarcity();
  }

  leave(maker: AttemptMaker): void {
    this.#waitingFirst.delete(maker);
    this.#waitingNext.delete(maker);
  }

  /** Gives back the place of an attempt that has become a link, or whose time is over. */
  release(maker: AttemptMaker): void {
    this.#free(maker);
    this.#serve();
  }

  /** Gives back the place of an attempt that has failed or was ended: it stays taken for a while. */
  releaseLater(maker: AttemptMaker, now: number): void {
    this.#pausing.push({ maker, until: now + ATTEMPT_PAUSE_MS });
  }

  handleTimeout(now: number): void {
    while (this.nextTimeout() <= now) this.#free(this.#pausing.shift()!.maker);
    this.#serve();
  }

  nextTimeout(): number {
    return this.#pausing[0]?.until ?? Infinity;
  }

  #serve(): void {
    for (const waiting of [this.#waitingFirst, this.#waitingNext]) {
      for (const maker of waiting) {
        if (this.#taken >= ATTEMPTS_UNDER_WAY_MAX) return;
        waiting.delete(maker);
        this.#give(maker);
        maker.handlePlace();
      }
    }
  }

  #give(maker: AttemptMaker): void {
    this.#taken++;
    this.#makers.set(maker, (this.#makers.get(maker) ?? 0) + 1);
  }

  #free(maker: AttemptMaker): void {
    this.#taken--;
    const own = this.#makers.get(maker)! - 1;
    if (own > 0) this.#makers.set(maker, own);
    else this.#makers.delete(maker);
  }
}
