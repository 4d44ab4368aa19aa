import { WATCH_LATE_MS } from "../limits.ts";
import type { Pulse } from "./pulse.ts";

/**
 * Says when an originator's role is to hear that the peer is silent, that it answers no more, and that it answers again. No I/O.
 *
 * After a move, answers to packets of the former way may still come, and say nothing of the present one. Answers take the way of the newest
 * packet that has arrived: so none counts before a packet has come over the present way.
 */
export class AnswerWatch {
  /** When the connection's packets last took another way. */
  #movedAt = Number.NEGATIVE_INFINITY;
  /** Whether a packet has come over the present way. */
  #hasCome = true;
  #isTold = false;
  /** When the peer had answered last, as its silence was told; undefined: that was not told since an answer. */
  #silentSince: number | undefined;
  #isAwaited = false;
  /** When packets were last repeated, and when that is due again if nothing is answered. */
  #repeatedAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.NEGATIVE_INFINITY;
  /** When the watch stood still last: packets count as unanswered from then on at the earliest. */
  #pausedUntil = Number.NEGATIVE_INFINITY;

  /** Packets take another way from the next turn on: its first answer is told. */
  handleMoved(): void {
    this.#movedAt = Number.POSITIVE_INFINITY;
    this.#hasCome = false;
    this.#isTold = false;
    this.#isAwaited = true;
  }

  /** Whether an answer is waited for, so that packets have to be looked at. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** A packet has come over the present way. */
  handleCome(): void {
    this.#hasCome = true;
  }

  /**
   * To be called with each repeat, before news are asked for. Where that was due long before, this process or the whole machine stood still: answers may
   * lie unread, or be lost, and the time without one begins anew.
   */
  handleRepeat(pulse: Pulse, now: number): void {
    const since = now - pulse.silence(now).unansweredMs;
    const dueAt = since > this.#repeatedAt ? since + pulse.firstRepeatMs : this.#dueAt;
    if (now > dueAt + WATCH_LATE_MS) this.#pausedUntil = now;
    this.#repeatedAt = now;
    this.#dueAt = now + pulse.repeatMs;
  }

  /** True once: nothing has been answered for so long that the peer counts as unreachable, on this way. To be asked with each repeat. */
  takeUnanswered(pulse: Pulse, now: number): boolean {
    if (this.#isTold || !pulse.isUnreachable(now, this.#countsFrom)) return false;
    this.#isTold = true;
    return (this.#isAwaited = true);
  }

  /** True once: nothing at all has come for a shorter time than that. To be asked before `takeUnanswered`, with each repeat; a move is no answer. */
  takeSilent(pulse: Pulse, now: number): boolean {
    if (this.#silentSince !== undefined || !pulse.isSilent(now, this.#countsFrom)) return false;
    this.#silentSince = pulse.answeredAt;
    return (this.#isAwaited = true);
  }

  /** True once: an answer came, after the peer counted as unreachable or the way was another one. */
  takeAnswered(pulse: Pulse, now: number): boolean {
    if (this.#movedAt === Number.POSITIVE_INFINITY) this.#movedAt = now;
    if (!this.#isAwaited || !this.#hasCome) return false;
    if (pulse.answeredAt <= Math.max(this.#movedAt, this.#silentSince ?? this.#movedAt)) return false;
    if (pulse.isUnreachable(now, this.#movedAt)) return false;
    this.#isTold = false;
    this.#silentSince = undefined;
    this.#isAwaited = false;
    return true;
  }

  get #countsFrom(): number {
    return Math.max(this.#movedAt, this.#pausedUntil);
  }
}
