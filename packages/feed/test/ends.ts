import { FeedCode } from "../src/codes.ts";
import { Conduct } from "../src/conduct.ts";
import type { ReaderEvent, SourceEvent } from "../src/feed-events.ts";
import { type FeedCursors, FeedReader, type JudgedAs } from "../src/feed-reader.ts";
import { FeedSource } from "../src/feed-source.ts";
import { MessageReader } from "../src/message-reader.ts";
import { writeMessage } from "../src/message-writer.ts";
import type { Beacon, Cursor, Hello, Mail, Message } from "../src/messages.ts";
import { VerificationTurns } from "../src/verification-turns.ts";
import { Book, idOf, qualityOf } from "./records.ts";

const READER_DATABASE: string = "0a".repeat(16);
export const SOURCE_DATABASE: string = "0b".repeat(16);
const TIME = 1_800_000_000_000;
const verdicts = {
  good: "taken",
  forged: "refused-signature",
  misshapen: "refused-form",
  early: "too-early",
  unwelcome: "refused-other",
} as const;

export function conductOf(now = 0): Conduct {
  return new Conduct(new VerificationTurns(), now);
}

/** The HELLO of a source that begins in these sections behind these rows. */
export function sourceHello(cursors: readonly Cursor[], changes: Partial<Hello> = {}): Hello {
  const names = {
    node: "b",
    databaseId: SOURCE_DATABASE,
    time: TIME,
    seen: "udp://192.0.2.1:4433",
    cursorsOf: SOURCE_DATABASE,
  };
  return { kind: "hello", lowestVersion: 1, highestVersion: 3, ...names, cursors, ...changes };
}

/** The HELLO of a reader that has these cursors. */
export function readerHello(cursors: readonly Cursor[] = [], changes: Partial<Hello> = {}): Hello {
  return sourceHello(cursors, { node: "a", databaseId: READER_DATABASE, seen: "", ...changes });
}

/** A reader at node a with an owner that takes what is good; the test is the source, node b. */
export class ReaderEnd {
  readonly reader: FeedReader;
  readonly conduct: Conduct;
  readonly taken: string[] = [];
  readonly cursors: Record<string, number> = {};
  readonly events: ReaderEvent[] = [];
  now = 0;
  readonly #has: Set<string>;
  readonly #sent = new MessageReader();

  constructor(
    options: {
      cursors?: FeedCursors;
      conduct?: Conduct;
      has?: Set<string>;
      now?: number;
      /** Signatures that a beacon or a mail costs; default: the owner takes none. */
      cost?: number;
    } = {},
  ) {
    this.now = options.now ?? 0;
    this.conduct = options.conduct ?? conductOf(this.now);
    this.#has = options.has ?? new Set();
    const names = { node: "a", peer: "b", databaseId: READER_DATABASE, time: TIME, seen: "" };
    const has = (id: string): boolean => this.#has.has(id);
    const { cursors, cost } = options;
    const costOf = cost === undefined ? undefined : (): number => cost;
    this.reader = new FeedReader({ ...names, cursors, has, conduct: this.conduct, costOf }, this.now);
  }

  /** Gives it messages of the source, and judges what comes of them as far as it may at once. */
  receive(...messages: readonly (Message | Uint8Array)[]): void {
    for (const message of messages) {
      this.reader.handleBytes(message instanceof Uint8Array ? message : writeMessage(message), this.now);
      this.drain();
    }
  }

  /** Lets time pass: to when the reader wants it, or that many milliseconds. */
  wait(ms: number = this.reader.nextTimeout() - this.now): void {
    const end = this.now + ms;
    for (let at = this.reader.nextTimeout(); at <= end; at = this.reader.nextTimeout()) {
      this.now = Math.max(this.now, at);
      this.reader.handleTimeout(this.now);
      this.drain();
    }
    this.now = end;
  }

  /** The messages that it sends at present. */
  sent(): Message[] {
    const messages: Message[] = [];
    for (
      let octets = this.reader.pollTransmit(this.now);
      octets !== undefined;
      octets = this.reader.pollTransmit(this.now)
    ) {
      this.#sent.feed(octets);
      messages.push(this.#sent.next()!.message!);
    }
    this.drain();
    return messages;
  }

  /** The kinds of its events, without records and cursors. */
  get told(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  drain(): void {
    for (let event = this.reader.pollEvent(); event !== undefined; event = this.reader.pollEvent()) {
      if (event.kind === "record") this.#judge(event.id, event.octets);
      else if (event.kind === "cursor") this.cursors[event.section] = event.sequence;
      else this.events.push(event);
    }
  }

  #judge(id: string, octets: Uint8Array): void {
    const outcome: JudgedAs = verdicts[qualityOf(octets)];
    if (outcome === "taken") {
      this.taken.push(id);
      this.#has.add(id);
    }
    this.reader.handleJudged(id, outcome, this.now);
  }
}

/** A source at node b with a book; the test is the reader, node a. */
export class SourceEnd {
  readonly source: FeedSource;
  readonly book: Book;
  readonly conduct: Conduct;
  now = 0;
  readonly #sent = new MessageReader();

  constructor(
    options: { book?: Book; sections?: readonly string[]; conduct?: Conduct; post?: (Beacon | Mail)[] } = {},
  ) {
    this.book = options.book ?? new Book();
    this.conduct = options.conduct ?? conductOf();
    const names = { node: "b", peer: "a", databaseId: SOURCE_DATABASE, time: TIME, seen: "udp://192.0.2.1:4433" };
    const { sections = ["entry", "public"], post = [] } = options;
    const nextPost = (): Beacon | Mail | undefined => post.shift();
    this.source = new FeedSource({ ...names, sections, book: this.book, conduct: this.conduct, nextPost }, 0);
  }

  receive(...messages: readonly (Message | Uint8Array)[]): void {
    for (const message of messages) {
      this.source.handleBytes(message instanceof Uint8Array ? message : writeMessage(message), this.now);
    }
  }

  /** The next message that it sends; undefined: nothing. */
  send(): Message | undefined {
    const octets = this.source.pollTransmit(this.now);
    if (octets === undefined) return undefined;
    this.#sent.feed(octets);
    return this.#sent.next()!.message!;
  }

  /** All messages that it sends at present. */
  sent(): Message[] {
    const messages: Message[] = [];
    for (let next = this.send(); next !== undefined; next = this.send()) messages.push(next);
    return messages;
  }

  /** Events, as far as they were not read. */
  get told(): SourceEvent[] {
    const events: SourceEvent[] = [];
    for (let event = this.source.pollEvent(); event !== undefined; event = this.source.pollEvent()) events.push(event);
    return events;
  }
}

/** Lets a reader and a source talk until neither has anything more to say; time passes while one of them waits. */
export function talk({ reader, source }: { reader: ReaderEnd; source: SourceEnd }): void {
  for (let turns = 0; turns < 10_000; turns++) {
    source.now = reader.now;
    const asked = reader.sent();
    source.receive(...asked);
    const answer = reader.reader.isPaused ? undefined : source.send();
    if (answer !== undefined) reader.receive(answer);
    else if (reader.reader.isPaused && reader.reader.nextTimeout() < Infinity) reader.wait();
    else if (asked.length > 0) continue;
    else if (source.source.nextTimeout() < Infinity) passTime({ reader, source });
    else return;
  }
  throw new Error("they talk without an end");
}

/** Lets time pass to when the source has more. */
function passTime({ reader, source }: { reader: ReaderEnd; source: SourceEnd }): void {
  reader.wait(source.source.nextTimeout() - reader.now);
  source.source.handleTimeout(reader.now);
}

export function idsOf(records: readonly Uint8Array[]): string[] {
  return records.map(idOf);
}

/** The names of the codes as the page has them, for example `WRONG_NODE`. */
export function codeName(code: FeedCode): string {
  const [name] = Object.entries(FeedCode).find(([, value]) => value === code)!;
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
