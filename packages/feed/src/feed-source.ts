import { FeedCode, Violation } from "./codes.ts";
import type { Conduct } from "./conduct.ts";
import type { SourceEvent } from "./feed-events.ts";
import { FeedInput } from "./feed-input.ts";
import { checkHello, type FeedIdentity, helloOf, versionOf } from "./greeting.ts";
import { HELLO_MS, MESSAGE_COST_MIN, SECTIONS_MAX, VERSION_OF_MAIL } from "./limits.ts";
import { writeMessage } from "./message-writer.ts";
import type { Beacon, Hello, Mail, Message } from "./messages.ts";
import { type FeedBook, OfferedRows } from "./offered-rows.ts";

export interface FeedSourceOptions extends FeedIdentity {
  /** The sections that this reader gets, each once; those above 66 are left out. */
  readonly sections: readonly string[];
  readonly book: FeedBook;
  readonly conduct: Conduct;
  /** The next beacon or mail for this reader; undefined: none waits. Default: there are none. */
  readonly nextPost?: ((now: number) => Beacon | Mail | undefined) | undefined;
}

/**
 * The end of a stream that has accepted it, and is read. It performs no I/O. The driver's duty after any call: drain `pollEvent`; write what
 * `pollTransmit` gives for as long as the stream takes it, and poll again when it takes more; read nothing more while `isPaused`; arm one
 * timer for `nextTimeout`. Times are monotonic milliseconds.
 */
export class FeedSource {
  readonly #options: FeedSourceOptions;
  readonly #input: FeedInput;
  readonly #events: SourceEvent[] = [];
  readonly #helloBy: number;
  /** Undefined until the reader's HELLO. */
  #rows: OfferedRows | undefined;
  /** The octets of HELLO, until they are polled. */
  #hello: Uint8Array | undefined;
  /** When reading goes on; undefined: it does. */
  #resumeAt: number | undefined;
  /** When more may be made; undefined: at present. */
  #servesAt: number | undefined;
  /** When rows that wait for each other are offered; Infinity: none do. */
  #offersAt = Infinity;
  #hasFailed = false;
  #takesPost = false;
  #beaconMs = 0;
  /** Whether the last message was a beacon or a mail: rows go in front of the next one. */
  #isRowsTurn = true;

  constructor(options: FeedSourceOptions, now: number) {
    this.#options = options;
    this.#input = new FeedInput(options.conduct);
    this.#helloBy = now + HELLO_MS;
    this.#advance(now);
  }

  /** Whether the reader has greeted, and its version has beacons and mail. */
  get takesPost(): boolean {
    return this.#takesPost && !this.#hasFailed;
  }

  /** The reader takes beacons that say the same no more often, in milliseconds; 0: as often as they come. */
  get beaconMs(): number {
    return this.#beaconMs;
  }

  /** Whether the driver is to read nothing: flow control then holds the reader back. */
  get isPaused(): boolean {
    return this.#hasFailed || this.#resumeAt !== undefined;
  }

  handleBytes(bytes: Uint8Array, now: number): void {
    if (this.#hasFailed) return;
    this.#input.feed(bytes);
    this.#advance(now);
  }

  /** The book has new rows. */
  handleNews(): void {
    this.#rows?.handleNews();
  }

  handleTimeout(now: number): void {
    if (this.#hasFailed || now < this.nextTimeout()) return;
    if (this.#servesAt !== undefined && now >= this.#servesAt) this.#servesAt = undefined;
    // The driver polls.
    if (now >= this.#offersAt) this.#offersAt = Infinity;
    if (this.#rows === undefined && this.#resumeAt === undefined && now >= this.#helloBy) {
      this.#fail(FeedCode.silent, `HELLO has not come for ${HELLO_MS / 1_000} s`, now);
      return;
    }
    this.#advance(now);
  }

  /** When `handleTimeout` is due, and `pollTransmit` may have more; Infinity: never. */
  nextTimeout(): number {
    if (this.#hasFailed) return Infinity;
    const reading = this.#resumeAt ?? (this.#rows === undefined ? this.#helloBy : Infinity);
    return Math.min(reading, this.#servesAt ?? this.#offersAt);
  }

  /** The octets of a message that is to be sent, or undefined. */
  pollTransmit(now: number): Uint8Array | undefined {
    if (this.#hasFailed) return undefined;
    const { served } = this.#options.conduct;
    if (!served.isOpen(now)) {
      this.#servesAt = served.opensAt(now);
      return undefined;
    }
    const octets = this.#hello ?? this.#nextMessage(now);
    this.#hello = undefined;
    // A stream that takes no more polls again when it does: only rows that wait for each other need a time.
    this.#offersAt = octets === undefined ? (this.#rows?.nextOfferAt ?? Infinity) : Infinity;
    if (octets !== undefined) served.charge(Math.max(octets.length, MESSAGE_COST_MIN), now);
    return octets;
  }

  pollEvent(): SourceEvent | undefined {
    return this.#events.shift();
  }

  /** Rows and mail take turns: neither of them has the other wait. */
  #nextMessage(now: number): Uint8Array | undefined {
    const nextRow = (): Message | undefined => this.#rows?.next(now);
    const nextPost = (): Message | undefined => (this.#takesPost ? this.#options.nextPost?.(now) : undefined);
    const wasRowsTurn = this.#isRowsTurn;
    const first = wasRowsTurn ? nextRow() : nextPost();
    const message = first ?? (wasRowsTurn ? nextPost() : nextRow());
    this.#isRowsTurn = message?.kind === "beacon" || message?.kind === "mail";
    return message === undefined ? undefined : writeMessage(message);
  }

  #advance(now: number): void {
    try {
      for (let next = this.#input.next(now); next !== undefined; next = this.#input.next(now))
        this.#handleMessage(next);
      this.#resumeAt = this.#input.opensAt(now);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#fail(error.code, error.message, now);
    }
  }

  #handleMessage(message: Message): void {
    if (message.kind === "hello") {
      if (this.#rows !== undefined) throw new Violation(FeedCode.malformed, "HELLO came twice");
      this.#handleHello(message);
      return;
    }
    if (this.#rows === undefined) throw new Violation(FeedCode.malformed, "HELLO is not the first message");
    if (message.kind === "want") {
      this.#rows.handleWant(message.ids);
      return;
    }
    throw new Violation(FeedCode.malformed, `${message.kind.toUpperCase()} is a source's, and came from the reader`);
  }

  #handleHello(hello: Hello): void {
    const { peer, sections, book, databaseId } = this.#options;
    this.#events.push(checkHello(hello, peer));
    const begins = sections.slice(0, SECTIONS_MAX).map((section) => {
      const cursor = hello.cursors.find((each) => each.section === section)?.sequence ?? 0;
      // A cursor behind the last row counts rows of a database that was put back to an earlier state.
      const isOurs = hello.cursorsOf === databaseId && cursor <= book.last(section);
      return { section, sequence: isOurs ? cursor : 0 };
    });
    this.#rows = new OfferedRows(begins, book, versionOf(hello));
    this.#takesPost = versionOf(hello) >= VERSION_OF_MAIL;
    this.#beaconMs = 1_000 * (hello.beaconSeconds ?? 0);
    this.#hello = writeMessage(helloOf(this.#options, databaseId, begins));
  }

  #fail(code: FeedCode, text: string, now: number): void {
    this.#options.conduct.handleFault(now);
    this.#hasFailed = true;
    this.#events.push({ kind: "failed", code, text });
  }
}
