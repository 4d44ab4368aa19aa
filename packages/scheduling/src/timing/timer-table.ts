/**
 * When each of a few timers is due that one state machine has: they are told apart by small numbers. It performs no I/O; the machine
 * wants to be called at `next`, and then asks which are due.
 */
export class TimerTable {
  readonly #times: number[];

  /** @param count Timers are 0 to `count` - 1; none is set. */
  constructor(count: number) {
    this.#times = Array.from({ length: count }, () => Number.POSITIVE_INFINITY);
  }

  /** When it is due; Infinity while it is not set. */
  at(timer: number): number {
    return this.#times[timer]!;
  }

  isSet(timer: number): boolean {
    return this.#times[timer] !== Number.POSITIVE_INFINITY;
  }

  /** Sets it, or sets it anew. */
  set(timer: number, at: number): void {
    this.#times[timer] = at;
  }

  /** Sets it unless it is due earlier. */
  setEarlier(timer: number, at: number): void {
    if (at < this.#times[timer]!) this.#times[timer] = at;
  }

  stop(timer: number): void {
    this.#times[timer] = Number.POSITIVE_INFINITY;
  }

  stopAll(): void {
    this.#times.fill(Number.POSITIVE_INFINITY);
  }

  /** Whether its time has come; it stays set. */
  isDue(timer: number, now: number): boolean {
    return now >= this.#times[timer]!;
  }

  /** Whether its time has come; then it is not set any more. */
  takeDue(timer: number, now: number): boolean {
    if (now < this.#times[timer]!) return false;
    this.stop(timer);
    return true;
  }

  /** When the first is due; Infinity when none is set. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const at of this.#times) if (at < next) next = at;
    return next;
  }
}
