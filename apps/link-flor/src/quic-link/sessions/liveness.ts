import { MISSED_SIGNS_MIN } from "../limits.ts";

/** The quiet that both ends of a session have agreed upon. */
export interface Quiet {
  /** The pause between two signs of life while nothing is sent; 0: there is none, the link is not quiet. */
  readonly ms: number;
  /** An originator asks for a sign of life, and an acceptor waits for the originator's question. */
  readonly isOriginator: boolean;
}

/**
 * Decides whether the peer of a link that is up is alive. It performs no I/O. The silence that means death is cut into
 * `MISSED_SIGNS_MIN` + 1 parts. At the end of every silent part a ping is asked for, which the peer's QUIC acknowledges.
 *
 *      heard            ping 1           ping 2           ping 3           dead
 *        ├───── part ─────┼───── part ─────┼───── part ─────┼───── part ─────┤
 *
 * Silent parts are counted, not read off the clock: a process that was itself stopped or late finds one part gone when it wakes,
 * and not a dead peer. By the end of the next part it has read its sockets.
 *
 * A quiet link rests while nothing of this end is unacknowledged. The first part begins when something is sent, or when the rest has lasted
 * for as long as the ends have agreed upon.
 *
 *      heard                             (originator: ping)   ping 1            dead
 *        ├───────────── rest ──────────────────┼───── part ─────┼──  …  ─────────┤
 */
export class Liveness {
  readonly #partMs: number;
  readonly #quiet: Quiet;
  #isResting = false;
  #partStart: number;
  #silentParts = 0;
  #wasHeard = false;
  #isPingWanted = false;
  #lastHeard: number;

  /** @param deadAfterMs Silence after which the peer is dead. */
  constructor(deadAfterMs: number, quiet: Quiet, now: number) {
    this.#partMs = deadAfterMs / (MISSED_SIGNS_MIN + 1);
    this.#quiet = quiet;
    this.#partStart = now;
    this.#lastHeard = now;
  }

  get isDead(): boolean {
    return this.#silentParts > MISSED_SIGNS_MIN;
  }

  get lastHeard(): number {
    return this.#lastHeard;
  }

  /** An authenticated packet came, whatever was in it. */
  handleHeard(now: number): void {
    this.#lastHeard = now;
    this.#silentParts = 0;
    this.#wasHeard = true;
  }

  /** All that is to be sent for now has left. @param isAwaited Whether something that this end has sent is unacknowledged. */
  handleSent(isAwaited: boolean, now: number): void {
    if (this.#quiet.ms === 0 || this.#isResting !== isAwaited) return;
    // A peer that owed no answer was not silent until now.
    if (isAwaited) this.#beginPart(now);
    else this.#isResting = this.#silentParts === 0 && now < this.#restEnd;
  }

  handleTimeout(now: number): void {
    const late = now - this.nextTimeout();
    if (late < 0) return;
    if (this.#isResting) {
      this.#beginPart(now);
      this.#isPingWanted = this.#quiet.isOriginator;
      return;
    }
    this.#partStart = now;
    if (this.#wasHeard) {
      this.#wasHeard = false;
      // The peer was last heard within the part that ends now: the silence began then.
      this.#partStart = late > this.#partMs / 2 ? now : this.#lastHeard;
      if (this.nextTimeout() > now) return;
      this.#partStart = now;
    }
    this.#isPingWanted = true;
    // A late wake-up says something about this process and nothing about the peer.
    if (late <= this.#partMs / 2) this.#silentParts++;
  }

  /** Whether a ping should be sent now; true once for each ping. */
  pollPing(): boolean {
    const isPingWanted = this.#isPingWanted;
    this.#isPingWanted = false;
    return isPingWanted;
  }

  nextTimeout(): number {
    if (this.isDead) return Infinity;
    return this.#isResting ? this.#restEnd : this.#partStart + this.#partMs;
  }

  get #restEnd(): number {
    return this.#lastHeard + this.#quiet.ms;
  }

  #beginPart(now: number): void {
    this.#isResting = false;
    this.#wasHeard = false;
    this.#partStart = now;
  }
}
