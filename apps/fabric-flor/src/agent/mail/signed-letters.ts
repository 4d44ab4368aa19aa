/** Letters of records that nodes have signed: how orders, telemetry and usage judge a sender and what it brings. Pure. */
import { type Fact, type FactBook, type Judgement, judgeFact, writeEnvelope } from "@florenetes/facts";
import { type Answer, Outcome, readRecordsLetter, writeRecordsAnswer } from "@florenetes/feed";
import type { Moment } from "../moment.ts";
import { readRecord } from "../records/read-record.ts";
import { standingOf } from "../records/standing.ts";
import type { ReceivedLetter } from "./agent-mail.ts";
import { type SenderBounds, SenderLimits } from "./sender-limits.ts";

export interface SignedLetterOptions {
  readonly cluster: string;
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
}

export interface TakenKind {
  /** The word on a record that needs no judgement; undefined: its signature is verified. */
  readonly word: (fact: Fact) => string | undefined;
  /** Takes a record that is in order, and returns what came of it. */
  readonly take: (fact: Fact, octets: Uint8Array) => string;
}

export interface ToldLettersOptions extends Pick<SignedLetterOptions, "cluster" | "book"> {
  readonly bounds: SenderBounds;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
}

const NO_BODY = new Uint8Array(0);
/** The answer of a node that does not read letters of this kind at present. */
export const NOT_READ: Answer = { outcome: Outcome.unknownKind, body: NO_BODY };
const MALFORMED: Answer = { outcome: Outcome.malformed, body: NO_BODY };
const UNKNOWN_SENDER: Answer = { outcome: Outcome.unknownSender, body: NO_BODY };
const BUSY: Answer = { outcome: Outcome.busy, body: NO_BODY };

/** The record of a node, without which a reader may know neither its key nor its partition; none while it is not in force. */
export function papersOf(book: FactBook | undefined, node: string, wall: number): readonly Uint8Array[] {
  const fact = book?.inForce("node", "cluster", node, wall);
  return fact === undefined ? [] : [writeEnvelope(fact.envelope)];
}

/** Verifies a record beside what the book has. Returns the reason against it. */
export function reasonAgainst(fact: Fact, options: SignedLetterOptions, { wall }: Moment): string | undefined {
  const book = options.book()!;
  const { development } = options;
  const judgement = judgeFact(fact, { authority: book.authority, held: book, now: wall, development });
  return judgement.isAccepted ? undefined : judgement.reason;
}

/** Takes a letter of a known node, each of whose records is verified anew. Each verification is charged to the neighbour that has brought it. */
export function takeSigned(letter: ReceivedLetter, options: SignedLetterOptions, kind: TakenKind, at: Moment): Answer {
  const book = options.book();
  if (book === undefined) return NOT_READ;
  const records = readRecordsLetter(letter.body);
  if (records === undefined) return MALFORMED;
  if (!isOf(letter, book, at)) return UNKNOWN_SENDER;
  const outcomes = records.map((each) => {
    // Records are kept, and are not to hold the buffer that their letter was cut out of.
    const octets = new Uint8Array(each);
    const fact = readRecord(octets, options.cluster);
    if (fact === undefined) return "kind";
    const word = kind.word(fact);
    if (word !== undefined) return word;
    letter.conduct.chargeMail(1, at.now);
    return reasonAgainst(fact, options, at) ?? kind.take(fact, octets);
  });
  return { outcome: Outcome.answered, body: writeRecordsAnswer(outcomes) };
}

/** Letters to an observer: nodes that it does not know bring their own record along, and each sender has a limit. */
export class ToldLetters {
  /** Records by what came of them: `taken`, `known`, the reason against them, or `often` and `unknown-sender` for letters that were not read. */
  readonly outcomes: Map<string, number> = new Map();
  readonly #options: ToldLettersOptions;
  readonly #senders: SenderLimits;

  constructor(options: ToldLettersOptions) {
    this.#options = options;
    this.#senders = new SenderLimits(options.bounds);
  }

  /**
   * Answers a letter, whose signature is by the key that it names.
   *
   * @param begin Is called once the sender is known, and returns what takes its records: each comes to `taken`, `known`, or the reason against it
   */
  take(letter: ReceivedLetter, begin: () => (fact: Fact, octets: Uint8Array) => string, at: Moment): Answer {
    const { node, key, body, conduct } = letter;
    const book = this.#options.book();
    if (book === undefined) return NOT_READ;
    const records = readRecordsLetter(body);
    if (records === undefined) return MALFORMED;
    // Whoever says a node's name by another key has a limit of his own.
    if (!this.#senders.mayWrite(`${node} ${key}`, at.now)) {
      this.#count("often");
      return BUSY;
    }
    const all = records.map((each) => {
      // Records are held for a while, and are not to hold the buffer that their letter was cut out of.
      const octets = new Uint8Array(each);
      return { octets, fact: readRecord(octets, this.#options.cluster) };
    });
    const papers = all.filter(({ fact }) => fact?.kind === "node" && fact.subject === node && !book.has(fact.id));
    conduct.chargeMail(2 * papers.length, at.now);
    const handed = papers.map(({ octets }) => octets);
    if (handed.length > 0) this.#options.hand(handed, at);
    if (!isOf(letter, book, at)) {
      this.#count("unknown-sender");
      return UNKNOWN_SENDER;
    }
    const taker = begin();
    const outcomes = all.map(({ octets, fact }) => {
      if (fact?.kind === "node") return "taken";
      const outcome = fact === undefined ? "body" : taker(fact, octets);
      if (outcome !== "known") conduct.chargeMail(1, at.now);
      this.#count(outcome);
      return outcome === "known" ? "taken" : outcome;
    });
    return { outcome: Outcome.answered, body: writeRecordsAnswer(outcomes) };
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

/** Whether a letter is by the key that the record of its sender names. */
function isOf({ node, key }: ReceivedLetter, book: FactBook, { wall }: Moment): boolean {
  const standing = standingOf(book, node, wall);
  return standing.kind === "node" && standing.key === key;
}
