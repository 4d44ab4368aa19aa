import { MISSED_SIGNS_MIN } from "../limits.ts";

/**
 * Decides whether the peer of a link that is up is alive. It performs no I/O. The silence that means death is cut into
 * `MISSED_SIGNS_MIN` + 1 parts. At the end of every silent part a ping is asked for, which the peer's QUIC acknowledges.
 *
 *      heard            ping 1           ping 2           ping 3           dead
 *        ├───── part ─────┼───── part ─────┼───── part ─────┼───── part ─────┤
 *
 * Silent parts are counted, not read off the clock: a process that was itself stopped or late finds one part gone when it wakes,
 * and not a dead peer. By the end of the next part it has read its sockets.
 */
export class Liveness {
  readonly #partMs: number;
  #partStart: number;
  #silentParts = 0;
  #wasHeard = false;
  #isPingWanted = false;
  #lastHeard: number;

  /** @param deadAfterMs Silence after which the peer is dead. */
  constructor(deadAfterMs: number, now: number) {
    this.#partMs = deadAfterMs / (MISSED_SIGNS_MIN + 1);
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

  handleTimeout(now: number): void {
    const late = now - this.nextTimeout();
    if (late < 0) return;
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
    return this.isDead ? Infinity : this.#partStart + this.#partMs;
  }
}
