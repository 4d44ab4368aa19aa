/** Hands records to readers of mail until each reader has said what came of them, or their time is over. Pure. */
import {
  type Done,
  fitRecords,
  LETTER_SIZE_MAX,
  Outcome,
  readRecordsAnswer,
  RECORDS_LETTER_HEAD,
  writeRecordsLetter,
} from "@florenetes/feed";
import type { AgentMail } from "./agent-mail.ts";
import type { Moment } from "../moment.ts";
import { POST_AGAIN_MS, POST_UNKNOWN_MS, POSTED_MAX } from "./limits.ts";

export interface RecordPostOptions {
  readonly mail: Pick<AgentMail, "send" | "hasWay">;
  /** The kind of its letters. */
  readonly kind: string;
  /** Readers that are to have each record. */
  readonly readers: (at: Moment) => readonly string[];
  /** Records that go first in each letter, as a reader may need them to judge the others. */
  readonly papers: (at: Moment) => readonly Uint8Array[];
  /** A reader that knows no such letters is written to again after so long; default: 10 minutes. */
  readonly unknownMs?: number;
}

interface Posted {
  readonly octets: Uint8Array;
  /** When it is sent first, and when no more: milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  /** Readers that are done with it. */
  readonly done: Set<string>;
}

/** A record that waits, as it is kept over a restart. */
export interface PostedRow {
  readonly name: string;
  readonly octets: Uint8Array;
  /** Milliseconds since 1970. */
  readonly until: number;
}

interface Sent {
  readonly reader: string;
  /** Another record of the same name may have come meanwhile, which the reader does not have. */
  readonly records: readonly Posted[];
  /** Papers in front of the records. */
  readonly papers: number;
}

/** Words of a reader that lacks something, or has no room at present. */
const LATER: ReadonlySet<string> = new Set(["no-root", "future", "issuer", "unknown-key", "full"]);

export class RecordPost {
  /** Records by what readers have said of them. */
  readonly outcomes: Map<string, number> = new Map();
  readonly #options: RecordPostOptions;
  readonly #posted = new Map<string, Posted>();
  readonly #changes: (PostedRow | { readonly name: string })[] = [];
  readonly #sent = new Map<number, Sent>();
  /** Readers that are not written to before this time, monotonic. */
  readonly #paused = new Map<string, number>();
  /** When something is to be looked at, monotonic: turns before do nothing. */
  #dueAt = Number.NEGATIVE_INFINITY;

  constructor(options: RecordPostOptions) {
    this.#options = options;
  }

  /** Records that no reader has yet. */
  get waiting(): number {
    return [...this.#posted.values()].filter(({ done }) => done.size === 0).length;
  }

  /**
   * Has readers be given a record. Of one name the last one counts.
   *
   * @param from When it is sent first, in milliseconds since 1970
   * @param until When it is given up
   */
  add(name: string, octets: Uint8Array, from: number, until: number): void {
    this.#posted.delete(name);
    this.#posted.set(name, { octets, from, until, done: new Set() });
    this.#changes.push({ name, octets, until });
    this.#dueAt = Number.NEGATIVE_INFINITY;
    for (const first of this.#posted.keys()) {
      if (this.#posted.size <= POSTED_MAX) break;
      this.#drop(first);
    }
  }

  /** Takes a record that a life before was to hand in, and may have: a reader that has it says so. */
  restore({ name, octets, until }: PostedRow): void {
    this.#posted.set(name, { octets, from: 0, until, done: new Set() });
  }

  /** A row that is to be kept over a restart; without octets it is gone. */
  pollChange(): PostedRow | { readonly name: string; readonly octets?: undefined } | undefined {
    return this.#changes.shift();
  }

  /** A reader may be there that was not a moment ago: it is looked at once. */
  handleWay(): void {
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  handleDone({ number, answer }: Done, { now }: Moment): void {
    const sent = this.#sent.get(number);
    this.#sent.delete(number);
    if (sent === undefined) return;
    this.#dueAt = now;
    const outcomes = answer?.outcome === Outcome.answered ? readRecordsAnswer(answer.body) : undefined;
    // A reader of an earlier version knows no such letters, and one whose records have not come yet does not do so for a while.
    const isUnknown = answer?.outcome === Outcome.unknownKind;
    const { unknownMs = POST_UNKNOWN_MS } = this.#options;
    if (outcomes === undefined) this.#paused.set(sent.reader, now + (isUnknown ? unknownMs : POST_AGAIN_MS));
    for (const [at, posted] of sent.records.entries()) {
      const word = outcomes?.[sent.papers + at];
      if (word === undefined) continue;
      this.outcomes.set(word, (this.outcomes.get(word) ?? 0) + 1);
      if (LATER.has(word)) this.#paused.set(sent.reader, now + POST_AGAIN_MS);
      else posted.done.add(sent.reader);
    }
  }

  advance(at: Moment): void {
    if (this.#posted.size === 0 || at.now < this.#dueAt) return;
    // A reader that is silent at present may be there again before the time of a record is over.
    for (const [name, { until }] of this.#posted) if (at.wall >= until) this.#drop(name);
    for (const reader of this.#options.readers(at)) this.#write(reader, at);
    this.#dueAt = this.#nextDue(at);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now }: Moment): number {
    return this.#posted.size === 0 ? Number.POSITIVE_INFINITY : Math.max(now, this.#dueAt);
  }

  /** Readers come and go by themselves: they are looked for each minute. */
  #nextDue({ now, wall }: Moment): number {
    const first = Math.min(...[...this.#posted.values()].map(({ from, until }) => (from > wall ? from : until)));
    const paused = [...this.#paused.values()].filter((until) => until > now);
    return Math.min(now + Math.max(0, first - wall), now + POST_AGAIN_MS, ...paused);
  }

  #drop(name: string): void {
    this.#posted.delete(name);
    this.#changes.push({ name });
  }

  /** Sends a reader the records that it lacks, as many as one letter has room for, one letter at a time. */
  #write(reader: string, at: Moment): void {
    const { mail, kind, papers: papersOf } = this.#options;
    const isOpen = [...this.#sent.values()].some((sent) => sent.reader === reader);
    if (isOpen || at.now < (this.#paused.get(reader) ?? 0)) return;
    const lacking = [...this.#posted].filter(([, { from, done }]) => at.wall >= from && !done.has(reader));
    if (lacking.length === 0 || !mail.hasWay(kind, at, reader)) return;
    const papers = papersOf(at);
    const records = new Map(lacking.map(([, posted]) => [posted.octets, posted]));
    const { fit } = fitRecords([...papers, ...records.keys()], LETTER_SIZE_MAX - RECORDS_LETTER_HEAD);
    const told = fit.flatMap((octets) => records.get(octets) ?? []);
    if (told.length === 0) return;
    const number = mail.send(kind, writeRecordsLetter(fit), at, { to: reader });
    if (number !== undefined) this.#sent.set(number, { reader, records: told, papers: fit.length - told.length });
  }
}
