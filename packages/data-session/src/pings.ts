import { SessionCode, Violation } from "./codes.ts";
import { PINGS_UNANSWERED_MAX } from "./limits.ts";

/** PINGs in flight, which are answered in their order, and the time when the peer was last heard. */
export class Pings {
  lastHeard: number;
  #next = 1;
  readonly #unanswered: { readonly number: number; readonly sentAt: number }[] = [];
  #isAsking = false;

  constructor(now: number) {
    this.lastHeard = now;
  }

  handleHeard(now: number): void {
    this.lastHeard = now;
    this.#isAsking = false;
  }

  /** Whether a PING was sent, or waits to be sent, since the peer was last heard. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** The number of a new PING; undefined when too many are unanswered. */
  ask(now: number): number | undefined {
    this.#isAsking = true;
    if (this.#unanswered.length >= PINGS_UNANSWERED_MAX) return undefined;
    const number = this.#next++;
    this.#unanswered.push({ number, sentAt: now });
    return number;
  }

  /** @returns The round trip of the PING in milliseconds. */
  handleAnswer(number: number, now: number): number {
    const oldest = this.#unanswered.shift();
    if (oldest?.number !== number) {
      const sentence = `PONG has ${number}, and ${oldest === undefined ? "no PING" : oldest.number} is unanswered`;
      throw new Violation(SessionCode.sequence, sentence);
    }
    return now - oldest.sentAt;
  }
}
