import { Budget } from "./budget.ts";
import {
  BYTES_BURST,
  BYTES_PER_SECOND,
  FAULTS_MAX,
  FAULTS_MS,
  MISSING_PER_FAULT,
  MUTE_MS,
  MUTE_MS_MAX,
  SERVED_BURST,
  SERVED_PER_SECOND,
  VERIFICATIONS_BURST,
  VERIFICATIONS_PER_SECOND,
} from "./limits.ts";
import {
  CANDIDATE_MAILS_BURST,
  CANDIDATE_MAILS_PER_SECOND,
  MAIL_TURN_MS,
  MAIL_VERIFICATIONS_BURST,
  MAIL_VERIFICATIONS_PER_SECOND,
  MAILS_BURST,
  MAILS_PER_SECOND,
} from "./mail/limits.ts";
import type { VerificationTurns } from "./verification-turns.ts";

/**
 * How one neighbour behaves: what it may still cost, its faults, and whether it is muted. The owner keeps one for each neighbour, over
 * all streams with it in both directions, so that a new stream is no new beginning. Pure.
 */
export class Conduct {
  /** Bytes that are read of the neighbour. */
  readonly bytes: Budget;
  /** Signatures that are verified for it. */
  readonly verifications: Budget;
  /** Bytes that are made for it. */
  readonly served: Budget;
  /** Mail of it that is passed on or read, while it is a node by records, and while it is none. */
  readonly mails: Budget;
  readonly candidateMails: Budget;
  readonly turns: VerificationTurns;
  /** Signatures for mail: it is dropped when they are spent, so that no letter has the neighbour's records wait. */
  readonly #mailVerifications: Budget;
  /** When the last faults were. */
  #faults: number[] = [];
  /** Ids that were not delivered since the last fault of that kind. */
  #missing = 0;
  #muteMs = MUTE_MS;
  #mutedUntil = Number.NEGATIVE_INFINITY;

  /** @param turns One for all neighbours of the process. */
  constructor(turns: VerificationTurns, now: number) {
    this.turns = turns;
    this.bytes = new Budget(BYTES_BURST, BYTES_PER_SECOND, now);
    this.verifications = new Budget(VERIFICATIONS_BURST, VERIFICATIONS_PER_SECOND, now);
    this.served = new Budget(SERVED_BURST, SERVED_PER_SECOND, now);
    this.mails = new Budget(MAILS_BURST, MAILS_PER_SECOND, now);
    this.#mailVerifications = new Budget(MAIL_VERIFICATIONS_BURST, MAIL_VERIFICATIONS_PER_SECOND, now);
    this.candidateMails = new Budget(CANDIDATE_MAILS_BURST, CANDIDATE_MAILS_PER_SECOND, now);
  }

  /** Until when nothing is read of the neighbour, in monotonic milliseconds; -Infinity: it has never been muted. */
  get mutedUntil(): number {
    return this.#mutedUntil;
  }

  /** Whether a letter may be opened: what it costs is charged then. */
  mayOpenLetter(now: number): boolean {
    return this.#mailVerifications.isOpen(now) && this.turns.backlog(now) <= MAIL_TURN_MS;
  }

  /** Takes note of signatures that were verified for mail of the neighbour. */
  chargeMail(signatures: number, now: number): void {
    this.#mailVerifications.charge(signatures, now);
    this.turns.take(signatures, now);
  }

  isMuted(now: number): boolean {
    return now < this.#mutedUntil;
  }

  /** Takes note of a bad form or signature, or of another fault. Returns whether the neighbour is muted by it. */
  handleFault(now: number): boolean {
    if (this.isMuted(now)) return false;
    this.#faults = [...this.#faults.filter((at) => now - at < FAULTS_MS), now];
    if (this.#faults.length < FAULTS_MAX) return false;
    const isForgotten = now - this.#mutedUntil >= MUTE_MS_MAX;
    this.#muteMs = isForgotten ? MUTE_MS : Math.min(MUTE_MS_MAX, 2 * this.#muteMs);
    this.#mutedUntil = now + this.#muteMs;
    return true;
  }

  /** Takes note of ids that the neighbour had offered, and did not deliver. Returns whether it is muted by that. */
  handleMissing(count: number, now: number): boolean {
    this.#missing += count;
    let isMuted = false;
    for (; this.#missing >= MISSING_PER_FAULT; this.#missing -= MISSING_PER_FAULT) {
      isMuted = this.handleFault(now) || isMuted;
    }
    return isMuted;
  }
}
