/** The readings of both clocks of a machine at one moment. */
export interface Clocks {
  /** The wall clock, which may be put forward and back. */
  readonly wall: Date;
  /** Milliseconds since any moment. It only goes on, at the pace of the wall clock while the machine is awake. */
  readonly monotonic: number;
}

/**
 * For how long certificates carry what was made with them: until the first of them has ended, and a grace longer.
 *
 *     running ──one of the clocks says that the end has come──▶ ended ──graceMs of the monotonic clock──▶ over
 *        ▲                                                        │
 *        └─── the wall clock was put back, and the other one has not said so yet
 *
 * A wall clock that leaps ahead ends what it leaps over, but the grace counts from the leap; when it is put right within the
 * grace, nothing has happened. One that is put back prolongs nothing: the time that was left when the certificates were judged
 * passes by the monotonic clock, too. It performs no I/O.
 */
export class Term {
  /** The end of the certificate that ends first. */
  readonly until: Date;
  readonly #graceMs: number;
  /** The end by the monotonic clock. */
  readonly #endsAt: number;
  /** Since when the certificates are taken for ended, by the monotonic clock. */
  #endedAt: number | undefined;

  /**
   * @param judgedAt when a peer's certificates were judged by the wall clock; undefined for our own, for which the wall clock alone
   * counts. It may have been ahead when they were read, and a term by the other clock would stay too short.
   */
  constructor(until: Date, graceMs: number, judgedAt: Clocks | undefined) {
    this.until = until;
    this.#graceMs = graceMs;
    this.#endsAt = judgedAt ? judgedAt.monotonic + (until.getTime() - judgedAt.wall.getTime()) : Infinity;
  }

  /** Whether the term is over, and its grace too. To be asked about once a second: leaps of the wall clock show only then. */
  isOver({ wall, monotonic }: Clocks): boolean {
    if (monotonic > this.#endsAt) this.#endedAt ??= this.#endsAt;
    else if (wall > this.until) this.#endedAt ??= monotonic;
    else this.#endedAt = undefined;
    return this.#endedAt !== undefined && monotonic >= this.#endedAt + this.#graceMs;
  }
}
