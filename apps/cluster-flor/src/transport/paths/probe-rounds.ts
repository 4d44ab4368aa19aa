import { ProbeLosses } from "./probe-losses.ts";
import type { RoundTrip } from "./round-trip.ts";

/** Probes that left together: some of the sizes under test, and a small one behind them. */
export interface Round {
  readonly sizes: readonly number[];
  readonly sentAt: number;
  /** When the small one was answered. */
  answeredAt: number;
  isTold: boolean;
}

/** The rounds of a search, and when what is not answered of one is lost: some time after the answer to its small probe. */
export class ProbeRounds {
  readonly #graceMs: number;
  readonly #losses = new ProbeLosses();
  readonly #roundTrip: RoundTrip;
  #rounds: Round[] = [];
  #rtt = 0;

  /** @param graceMs How much later than a small probe's a large one's answer may come, at least. */
  constructor(graceMs: number, roundTrip: RoundTrip) {
    this.#graceMs = graceMs;
    this.#roundTrip = roundTrip;
  }

  get isEmpty(): boolean {
    return this.#rounds.length === 0;
  }

  /** After so many lost probes a size is given up. */
  get strikesNeeded(): number {
    return this.#losses.strikesNeeded;
  }

  /** Whether as many are under way as it takes to decide. */
  get areEnough(): boolean {
    const isUndecided = (round: Round): boolean => round.sizes.length > 0 && this.#outcomeAt(round) < Infinity;
    return this.#rounds.filter(isUndecided).length > this.strikesNeeded;
  }

  /** When the last one with large probes left; undefined: there is none. */
  get lastLargeAt(): number | undefined {
    return this.#rounds.findLast(({ sizes }) => sizes.length > 0)?.sentAt;
  }

  /** When the outcome of the next one is due; Infinity: none of those whose outcome is open has been answered. */
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

  /** Its small probe is answered. Small ones that left before it are lost, unless they were answered before. */
  handleAnswered(round: Round, now: number): void {
    round.answeredAt = now;
    this.#rtt = now - round.sentAt;
    const at = this.#rounds.indexOf(round);
    const before = this.#rounds.findLastIndex(
      ({ answeredAt }, index) => index < at && answeredAt < Number.POSITIVE_INFINITY,
    );
    this.#losses.handleAnswered(at - before - 1);
  }

  /** The rounds whose outcome is due, each once. */
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
