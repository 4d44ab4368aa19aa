/**
 * Letters of the kind `proposals`, which are for a program beside this node and not for its agent: that carries them, says whose they are, and knows nothing of what is in
 * them. Nobody is answered for a program that has not asked for letters of late. Pure.
 */
import type { FactBook } from "@florenetes/facts";
import { type Answer, type Done, Outcome } from "@florenetes/feed";
import type { AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import {
  ATTENDED_MS,
  PROGRAM_ANSWER_MS,
  PROGRAM_HELD_MAX,
  PROGRAM_HELD_MS,
  PROGRAM_HELD_OF_ONE_MAX,
  PROGRAM_SENT_MAX,
} from "../limits.ts";
import type { Moment } from "../moment.ts";
import { standingOf } from "../records/standing.ts";
import type { AgentMail, ReceivedLetter } from "./agent-mail.ts";

export interface ProgramLettersOptions {
  readonly node: string;
  readonly mail: Pick<AgentMail, "register" | "hasWay" | "send" | "answer">;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
}

/** A letter that a program is to answer. */
export interface ProgramLetter {
  readonly number: number;
  /** The sender, whose key is that of its `node` record. */
  readonly node: string;
  readonly body: Uint8Array;
}

interface Held extends ProgramLetter {
  /** When its sender is told that there is too much to do, in monotonic milliseconds. */
  until: number;
  isTaken: boolean;
}

const PROGRAM_KIND = "proposals";
const NO_BODY = new Uint8Array(0);

export class ProgramLetters implements AgentRoom {
  readonly #options: ProgramLettersOptions;
  readonly #held = new Map<number, Held>();
  /** Letters of the program that wait for answers. */
  readonly #sent = new Set<number>();
  readonly #orders: AgentOrder[] = [];
  #attendedUntil = Number.NEGATIVE_INFINITY;
  #hasCome = false;

  constructor(options: ProgramLettersOptions) {
    this.#options = options;
    options.mail.register(PROGRAM_KIND, {
      answerMs: PROGRAM_ANSWER_MS,
      onLetter: (letter, at) => this.#handleLetter(letter, at),
      onDone: (done) => this.#handleDone(done),
    });
  }

  /**
   * Sends a letter of the program to a node. Returns its number, by which an order tells what came of it.
   *
   * @param body At most 15,360 octets
   */
  send(to: string, body: Uint8Array, at: Moment): number | "no-way" | "busy" {
    const { node, mail } = this.#options;
    if (to === node || !mail.hasWay(PROGRAM_KIND, at, to)) return "no-way";
    if (this.#sent.size >= PROGRAM_SENT_MAX) return "busy";
    const number = mail.send(PROGRAM_KIND, body, at, { to });
    if (number === undefined) return "busy";
    this.#sent.add(number);
    return number;
  }

  /** Gives letters that have come, each once, to a program that asks for them. */
  take({ now }: Moment): readonly ProgramLetter[] {
    this.#attendedUntil = now + ATTENDED_MS;
    const news = [...this.#held.values()].filter(({ isTaken }) => !isTaken);
    for (const letter of news) {
      letter.isTaken = true;
      letter.until = now + PROGRAM_HELD_MS;
    }
    return news.map(({ number, node, body }) => ({ number, node, body }));
  }

  /** Answers a letter that the program was given. Returns false where it does not wait for an answer any more. */
  answer(number: number, answer: Answer, at: Moment): boolean {
    if (this.#held.get(number)?.isTaken !== true) return false;
    this.#held.delete(number);
    this.#options.mail.answer(number, answer, at);
    return true;
  }

  /** Tells the senders of letters that a program has left lying. */
  advance(at: Moment): void {
    for (const [number, { until }] of this.#held) {
      if (at.now < until) continue;
      this.#held.delete(number);
      this.#options.mail.answer(number, { outcome: Outcome.busy, body: NO_BODY }, at);
    }
  }

  nextTimeout(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.#held.values()) next = Math.min(next, until);
    return next;
  }

  pollOrder(): AgentOrder | undefined {
    if (!this.#hasCome) return this.#orders.shift();
    this.#hasCome = false;
    return { kind: "letters", order: { kind: "come" } };
  }

  #handleLetter({ number, node, key, body }: ReceivedLetter, { now, wall }: Moment): Answer | "later" {
    if (now >= this.#attendedUntil) return { outcome: Outcome.unknownKind, body: NO_BODY };
    const standing = standingOf(this.#options.book(), node, wall);
    if (standing.kind !== "node" || standing.key !== key) return { outcome: Outcome.unknownSender, body: NO_BODY };
    if (!this.#hasRoomFor(node)) return { outcome: Outcome.busy, body: NO_BODY };
    this.#held.set(number, { number, node, body, until: now + PROGRAM_HELD_MS, isTaken: false });
    this.#hasCome = true;
    return "later";
  }

  #hasRoomFor(sender: string): boolean {
    const own = [...this.#held.values()].filter(({ node }) => node === sender);
    return this.#held.size < PROGRAM_HELD_MAX && own.length < PROGRAM_HELD_OF_ONE_MAX;
  }

  #handleDone({ number, answer }: Done): void {
    if (this.#sent.delete(number)) this.#orders.push({ kind: "letters", order: { kind: "done", number, answer } });
  }
}
