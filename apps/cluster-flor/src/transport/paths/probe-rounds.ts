import { ProbeLosses } from "./probe-losses.ts";
import type { RoundTrip } from "./round-trip.ts";

/** Probes that were sent together: some of the sizes under test, followed by a small one. */
export interface Round {
  readonly sizes: readonly number[];
  readonly sentAt: number;
  /** When the small probe was answered. */
  answeredAt: number;
  isTold: boolean;
}

/**
 * The rounds of a search, and the times at which their unanswered probes count as lost: some time after the answer to
 * the small probe.
 */
export class ProbeRounds {
  readonly #graceMs: number;
  readonly #losses = new ProbeLosses();
  readonly #roundTrip: RoundTrip;
  #rounds: Round[] = [];
  #rtt = 0;

  /** @param graceMs How much later a large probe's answer may come than the small one's, at least. */
  constructor(graceMs: number, roundTrip: RoundTrip) {
    this.#graceMs = graceMs;
    this.#roundTrip = roundTrip;
  }

  get isEmpty(): boolean {
    return this.#rounds.length === 0;
  }

  /** The number of lost probes after which a size is given up. */
  get strikesNeeded(): number {
    return this.#losses.strikesNeeded;
  }

  /** Whether enough rounds are in flight to decide. */
  get areEnough(): boolean {
    const isUndecided = (round: Round): boolean => round.sizes.length > 0 && this.#outcomeAt(round) < Infinity;
    return this.#rounds.filter(isUndecided).length > this.strikesNeeded;
  }

  /** When the last round with large probes was sent; undefined: there is none. */
  get lastLargeAt(): number | undefined {
    return this.#rounds.findLast(({ sizes }) => sizes.length > 0)?.sentAt;
  }

  /** When the next outcome is due; Infinity when no undecided round has been answered. */
  get nextOutcome(): number {
    return this.#rounds.reduce((next, round) => Math.min(next, this.#outcomeAt(round)), Number.POSITIVE_INFINITY);
  }

  has(round: Round): boolean {
    return this.#rounds.includes(round);
  }

  add(sizes: readonly number[], now: number): Round {
    const round = { sizes, sentAt: now, answeredAt: Number.POSITIVE_INFINITY, isTold: false };
    this.#rounds.push(round);
    return round;
  }

  clear(): void {
    this.#rounds = [];
  }

  /** The small probe of a round is answered. Unanswered small probes of earlier rounds are lost. */
  handleAnswered(round: Round, now: number): void {
    round.answeredAt = now;
    this.#rtt = now - round.sentAt;
    const at = this.#rounds.indexOf(round);
    const before = this.#rounds.findLastIndex(
      ({ answeredAt }, index) => index < at && answeredAt < Number.POSITIVE_INFINITY,
    );
    this.#losses.handleAnswered(at - before - 1);
  }

  /** Takes out the rounds whose outcome is due, each once. */
  takeDue(now: number): Round[] {
    const due = this.#rounds.filter((round) => now >= this.#outcomeAt(round));
    for (const round of due) round.isTold = true;
    return due;
  }

  #outcomeAt({ answeredAt, isTold }: Round): number {
    if (isTold) return Number.POSITIVE_INFINITY;
    return answeredAt + Math.max(this.#graceMs, 2 * this.#rtt, this.#roundTrip.overdueMs);
  }
}
