import { PROBE_ROUND_MS, ROUNDS_BACK, ROUNDS_SILENT } from "./limits.ts";

/**
 * Whether the world behind an egress is there, by the answers to probes. A round of probes begins every two seconds, and one answer of a round is
 * enough. The world is silent behind three rounds without any, and back with the second one in a row that has one, so that a packet that was lost
 * changes nothing, and a way that comes and goes does not take the clients with it. Pure.
 */
export class WorldWatch {
  /** How often the world has fallen silent. One that has not answered since the start has not: only what was there can be lost. */
  losses = 0;
  #isThere: boolean | undefined;
  #round = 0;
  #isAnswered = false;
  /** Rounds in a row that ended without an answer, and rounds in a row that had one. */
  #silent = 0;
  #answered = 0;
  #dueAt: number;

  /** @param now monotonic milliseconds: the first round is due */
  constructor(now: number) {
    this.#dueAt = now;
  }

  /** Undefined until the first answer, or the end of the third round without any. */
  get isThere(): boolean | undefined {
    return this.#isThere;
  }

  /** The number of the round that runs; 0: none has begun. */
  get round(): number {
    return this.#round;
  }

  get nextTimeout(): number {
    return this.#dueAt;
  }

  /**
   * Ends the round that runs, and begins the next one.
   *
   * @returns whether one has begun: all addresses are to be probed
   */
  handleTimeout(now: number): boolean {
    if (now < this.#dueAt) return false;
    if (this.#round > 0 && !this.#isAnswered) this.#handleSilence();
    this.#round++;
    this.#isAnswered = false;
    // A process that stood still counts one round, and none of those that it has missed.
    this.#dueAt = now + PROBE_ROUND_MS;
    return true;
  }

  /** Somebody has answered a probe of a round; one of a round that is over comes too late. */
  handleAnswer(round: number): void {
    if (round !== this.#round || this.#isAnswered) return;
    this.#isAnswered = true;
    this.#silent = 0;
    this.#answered++;
    if (this.#isThere === undefined || this.#answered >= ROUNDS_BACK) this.#isThere = true;
  }

  #handleSilence(): void {
    this.#answered = 0;
    this.#silent++;
    if (this.#silent < ROUNDS_SILENT || this.#isThere === false) return;
    if (this.#isThere === true) this.losses++;
    this.#isThere = false;
  }
}
