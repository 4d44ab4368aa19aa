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
  #lookedAt = Number.NEGATIVE_INFINITY;

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
   * True once: nothing has been answered for so long that the peer counts as unreachable, on this way. To be asked with each repeat. The first
   * one of all comes long before: where it does not, this process was stopped, and answers may lie unread.
   */
  takeUnanswered(pulse: Pulse, now: number): boolean {
    const lookedAt = this.#lookedAt;
    this.#lookedAt = now;
    if (this.#isTold || !pulse.isUnreachable(now, this.#movedAt)) return false;
    if (lookedAt < now - pulse.silence(now).unansweredMs) return false;
    this.#isTold = true;
    return (this.#isAwaited = true);
  }

  /**
   * True once: nothing at all has come for a shorter time than that. To be asked before `takeUnanswered`, with each repeat; a move is no answer. Where the
   * last repeat is not of late, this process was stopped meanwhile, and an answer may lie unread: the next repeat tells.
   */
  takeSilent(pulse: Pulse, now: number): boolean {
    if (this.#silentSince !== undefined || !pulse.isSilent(now, this.#movedAt)) return false;
    if (this.#lookedAt < now - Math.min(2 * pulse.repeatMs, pulse.silence(now).unansweredMs)) return false;
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
}
