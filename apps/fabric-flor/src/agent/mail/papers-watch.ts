/** Letters of the kind `papers-watch` of this node: a control node that has answered all is asked to say when this node's own papers become others. Pure. */
import { copyIdOf, type Judgement, writeEnvelope } from "@florenetes/facts";
import { type Done, Outcome, readPapersAnswer, shortIdOf, WATCHED_MAX, writePapers } from "@florenetes/feed";
import type { Moment } from "../moment.ts";
import type { HeldRecords } from "../records/held-records.ts";
import type { AgentMail } from "./agent-mail.ts";
import { ownPapers } from "./papers-desk.ts";
import { WATCH_KIND, WATCH_MS } from "./limits.ts";

export interface PapersWatchOptions {
  readonly node: string;
  readonly records: HeldRecords;
  readonly mail: AgentMail;
  /** Whether this node is spared: it gets its papers by its letters of the kind `papers` alone. */
  readonly isResting: (at: Moment) => boolean;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** Has a letter of the kind `papers` go at once. */
  readonly refetch: (at: Moment) => void;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Behind an answer, at random within that: letters of many nodes are apart. */
const APART_MS = 2_000;
/** A control node that answers sooner, and has nothing to tell, does not wait: it is asked no more until it has answered a letter of the kind `papers`. */
const SOONEST_MS = WATCH_MS / 2;

export class PapersWatch {
  readonly #options: PapersWatchOptions;
  /** The control node that is asked next, and when, in monotonic milliseconds. */
  #reader = "";
  #dueAt = Number.POSITIVE_INFINITY;
  /** When the letter was sent that waits for its answer. */
  #sentAt: number | undefined;

  constructor(options: PapersWatchOptions) {
    this.#options = options;
  }

  /** A control node has given all that this node has to have. */
  handleCurrent(reader: string, at: Moment): void {
    this.#reader = reader;
    this.#dueAt = Math.min(this.#dueAt, this.#soon(at));
  }

  /** Sends a letter that is due. */
  advance(at: Moment): void {
    if (at.now < this.nextTimeout()) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const { node, records, mail, isResting } = this.#options;
    const { book } = records;
    if (book === undefined || isResting(at) || mail.reads(WATCH_KIND)) return;
    const held = ownPapers(book, node, at.wall).map(({ envelope }) => shortIdOf(copyIdOf(writeEnvelope(envelope))));
    if (held.length > WATCHED_MAX || !mail.hasWay(WATCH_KIND, at, this.#reader)) return;
    if (mail.send(WATCH_KIND, writePapers({ shown: [], held }), at, { to: this.#reader }) !== undefined)
      this.#sentAt = at.now;
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#sentAt === undefined ? this.#dueAt : Number.POSITIVE_INFINITY;
  }

  /** Takes what came of the letter that was sent. */
  handleDone({ answer }: Done, at: Moment): void {
    const waited = at.now - (this.#sentAt ?? at.now);
    this.#sentAt = undefined;
    const read = answer?.outcome === Outcome.answered ? readPapersAnswer(answer.body) : undefined;
    if (read === undefined) return;
    const isNew = this.#options.hand(read.records, at).some(({ isAccepted }) => isAccepted);
    if (read.hasMore && isNew) this.#options.refetch(at);
    else if (isNew || (read.records.length === 0 && waited >= SOONEST_MS)) this.#dueAt = this.#soon(at);
  }

  #soon({ now }: Moment): number {
    const [high, low] = this.#options.randomBytes(2);
    return now + Math.floor((APART_MS * (high! * 256 + low!)) / 65_536);
  }
}
