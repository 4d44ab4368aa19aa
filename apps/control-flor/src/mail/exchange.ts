/**
 * Has replicas come to the same proposals: each reads all others, now and then and where it hears that they have others than before, and answers those who read here. Nobody
 * sends a proposal that was not asked for. It performs no I/O: its owner gives it letters and answers, with the time, and sends what it says. Pure.
 */
import type { KeptProposal } from "../proposals/proposal-book.ts";
import { TOLD_MAX } from "../proposals/limits.ts";
import { type Letter, readLetter, writeLetter, writeListAnswer, writePartAnswer } from "./letters.ts";
import { LETTERS_AT_ONCE } from "./limits.ts";
import { type MailMoment, type NoAnswer, type Pulled, type PulledOutcome, ReplicaReader } from "./replica-reader.ts";
import { Shelf } from "./shelf.ts";

/** The answer to a letter, in the words of the agent. */
export interface LetterAnswer {
  readonly outcome: "answered" | "unknown-sender" | "malformed" | "busy";
  readonly body: Uint8Array;
}

/** Answers a question for entries of the audit; undefined: it is none. */
export type AnswerAudit = (question: Uint8Array) => Uint8Array | undefined;

const NO_BODY = new Uint8Array(0);

export class Exchange {
  readonly #random: () => number;
  readonly #answerAudit: AnswerAudit;
  readonly #shelf = new Shelf();
  #readers: ReadonlyMap<string, ReplicaReader> = new Map();
  readonly #pulled: Pulled[] = [];
  /** Letters whose answers have not come, by their readers. */
  readonly #underWay = new Map<string, ReplicaReader>();

  /** @param random From 0 to 1 */
  constructor(random: () => number, answerAudit: AnswerAudit) {
    this.#random = random;
    this.#answerAudit = answerAudit;
  }

  /** The other replicas, in the order of their names. */
  get readers(): ReadonlyMap<string, ReplicaReader> {
    return this.#readers;
  }

  /** Takes the names of all other replicas. */
  handleReplicas(nodes: readonly string[], at: MailMoment): void {
    const readers = new Map<string, ReplicaReader>();
    for (const node of nodes.toSorted()) readers.set(node, this.#readers.get(node) ?? this.#open(node, at));
    this.#readers = readers;
  }

  /** Takes all proposals that this replica keeps, by the ids of their records. */
  handleProposals(all: ReadonlyMap<string, KeptProposal>, at: MailMoment): void {
    const { state } = this.#shelf;
    const hasLost = this.#shelf.put(all);
    if (hasLost) for (const reader of this.#readers.values()) reader.handleLost();
    if (state !== this.#shelf.state) for (const reader of this.#readers.values()) reader.handleOwn(at);
  }

  /** Answers a letter of a node. */
  handleLetter(node: string, body: Uint8Array, at: MailMoment): LetterAnswer {
    const reader = this.#readers.get(node);
    if (reader === undefined) return { outcome: "unknown-sender", body: NO_BODY };
    const letter = readLetter(body);
    if (letter?.kind === "audit" && !reader.audits.take(at.now)) return { outcome: "busy", body: NO_BODY };
    const answer = letter && this.#answerTo(letter);
    if (letter === undefined || answer === undefined) {
      reader.handleMalformed(at);
      return { outcome: "malformed", body: NO_BODY };
    }
    if (letter.kind === "list") reader.handleHeard(letter.state, at);
    return { outcome: "answered", body: answer };
  }

  /** A letter that is due; undefined: none is, or as many are under way as may be. */
  pollLetter(at: MailMoment): { readonly to: string; readonly body: Uint8Array } | undefined {
    if (this.#underWay.size >= LETTERS_AT_ONCE) return undefined;
    let due: [string, ReplicaReader] | undefined;
    for (const each of this.#readers)
      if (!this.#underWay.has(each[0]) && each[1].nextTimeout < (due?.[1].nextTimeout ?? at.now + 1)) due = each;
    const [to, reader] = due ?? [];
    const letter = reader?.pollLetter(at);
    if (letter === undefined) return undefined;
    this.#underWay.set(to!, reader!);
    return { to: to!, body: writeLetter(letter) };
  }

  /** Takes the answer to the letter that is under way to a replica, or why there is none. */
  handleAnswer(from: string, answer: Uint8Array | NoAnswer, at: MailMoment): void {
    const reader = this.#underWay.get(from);
    this.#underWay.delete(from);
    if (reader === undefined) return;
    if (typeof answer === "string") return reader.handleNoAnswer(answer, at);
    const pulled = reader.handleAnswer(answer, at);
    if (pulled !== undefined && this.#readers.get(from) === reader) this.#pulled.push(pulled);
  }

  /** A proposal that is to be judged: `handlePulled` says what came of it. */
  pollPulled(): Pulled | undefined {
    return this.#pulled.shift();
  }

  handlePulled({ from }: Pulled, outcome: PulledOutcome, at: MailMoment): void {
    this.#readers.get(from)?.handlePulled(outcome, at);
  }

  /** When a letter is due, in monotonic milliseconds; Infinity: not before something else happens. */
  nextTimeout(): number {
    if (this.#underWay.size >= LETTERS_AT_ONCE) return Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    // A replica that has gone and come again waits for the answer to its former letter.
    for (const [name, { nextTimeout }] of this.#readers)
      if (!this.#underWay.has(name)) next = Math.min(next, nextTimeout);
    return next;
  }

  #open(node: string, at: MailMoment): ReplicaReader {
    const share = (): number => Math.floor(TOLD_MAX / Math.max(1, this.#readers.size));
    const isOther = (name: string): boolean => this.#readers.has(name);
    return new ReplicaReader({ node, shelf: this.#shelf, share, isOther, random: this.#random }, at);
  }

  #answerTo(letter: Letter): Uint8Array | undefined {
    if (letter.kind === "audit") return this.#answerAudit(letter.question);
    if (letter.kind === "part") return writePartAnswer(this.#shelf.part(letter.id, letter.copy, letter.offset));
    const { state } = this.#shelf;
    return writeListAnswer(
      letter.known === state ? { state, listed: [], hasMore: false } : this.#shelf.list(letter.after),
    );
  }
}
