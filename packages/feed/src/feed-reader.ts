import assert from "node:assert";
import { ArrivingRecords } from "./arriving-records.ts";
import { FeedCode, Violation } from "./codes.ts";
import type { Conduct } from "./conduct.ts";
import type { ReaderEvent } from "./feed-events.ts";
import { FeedInput } from "./feed-input.ts";
import { checkHello, type FeedIdentity, helloOf, NO_DATABASE, versionOf } from "./greeting.ts";
import { ANSWER_MS, HELLO_MS, SECTIONS_MAX, VERSION, VERSION_OF_MAIL } from "./limits.ts";
import { writeMessage } from "./message-writer.ts";
import type { Beacon, Cursor, Hello, Mail, Message } from "./messages.ts";
import { Offers } from "./offers.ts";
import { VerificationWait } from "./verification-wait.ts";

/** How far a source was read: cursors count rows of one database. */
export interface FeedCursors {
  /** The id of the source's database, 32 lower-case hex digits. */
  readonly databaseId: string;
  /** Sections above 66 are left out, and read from their beginnings. */
  readonly cursors: readonly Cursor[];
}

export interface FeedReaderOptions extends FeedIdentity {
  /** The newest cursors of this source; undefined: it was never read. */
  readonly cursors: FeedCursors | undefined;
  /** Whether the copy of a record with this id (64 lower-case hex digits) is held, or known to be of no use. */
  readonly has: (id: string) => boolean;
  readonly conduct: Conduct;
  /** How many signatures the owner will verify for a beacon or a mail. Default: it takes none of them. */
  readonly costOf?: ((message: Beacon | Mail, now: number) => number) | undefined;
}

/** A beacon or a mail that waits until it may cost what it costs. */
interface WaitingPost {
  readonly message: Beacon | Mail;
  readonly wait: VerificationWait | undefined;
}

/**
 * The owner's judgement of a record. `refused-form` and `refused-signature` are faults of the neighbour: no honest one passes them on.
 * `too-early`: what the record rests on is not here yet; the cursor stays in front of it, so that the next stream offers it again.
 */
export type JudgedAs = "taken" | "known" | "refused-form" | "refused-signature" | "refused-other" | "too-early";

/**
 * The end of a stream that has opened it, and reads. It performs no I/O. The driver's duty after any call: drain `pollEvent`, and answer each
 * record by `handleJudged`; write what `pollTransmit` gives for as long as the stream takes it; read nothing more while `isPaused`;
 * arm one timer for `nextTimeout`. Times are monotonic milliseconds. Bytes that come while it is paused are kept.
 */
export class FeedReader {
  readonly #options: FeedReaderOptions;
  readonly #input: FeedInput;
  readonly #events: ReaderEvent[] = [];
  /** The octets of HELLO, until they are polled. */
  #hello: Uint8Array | undefined;
  /** Undefined until the source's HELLO. */
  #offers: Offers | undefined;
  /** The version that is spoken, once HELLO has come. */
  #version: number = VERSION;
  #databaseId = NO_DATABASE;
  /** The message whose records are judged. */
  #arriving: ArrivingRecords | undefined;
  #post: WaitingPost | undefined;
  /** The id of the record that the owner judges. */
  #judging: string | undefined;
  /** When reading goes on; undefined: it does. */
  #resumeAt: number | undefined;
  /** Since when nothing is read; undefined: something is. */
  #pausedSince: number | undefined;
  /** When the source has been silent for too long. */
  #silentAt: number;
  #hasFailed = false;

  constructor(options: FeedReaderOptions, now: number) {
    this.#options = options;
    this.#input = new FeedInput(options.conduct);
    const { databaseId, cursors } = options.cursors ?? { databaseId: NO_DATABASE, cursors: [] };
    this.#hello = writeMessage(helloOf(options, databaseId, cursors.slice(0, SECTIONS_MAX)));
    this.#silentAt = now + HELLO_MS;
    this.#advance(now);
  }

  /** Whether the driver is to read nothing: flow control then holds the source back. */
  get isPaused(): boolean {
    return this.#hasFailed || this.#judging !== undefined || this.#resumeAt !== undefined;
  }

  /** Whether a cursor waits for a record that came too early: a new stream offers it again. */
  get isHeld(): boolean {
    return this.#offers?.isHeld === true;
  }

  handleBytes(bytes: Uint8Array, now: number): void {
    if (this.#hasFailed) return;
    this.#input.feed(bytes);
    this.#advance(now);
  }

  /** The owner has judged the record of the last `record` event. */
  handleJudged(id: string, outcome: JudgedAs, now: number): void {
    if (this.#hasFailed) return;
    assert(this.#judging === id, "the record that was given is the one that is judged");
    this.#judging = undefined;
    if (outcome === "too-early") this.#arriving!.handleTooEarly();
    if (outcome === "refused-form") this.#handleFault("a record of a wrong form", now);
    if (outcome === "refused-signature") this.#handleFault("a record with a wrong signature", now);
    this.#advance(now);
  }

  handleTimeout(now: number): void {
    if (this.#hasFailed || now < this.nextTimeout()) return;
    if (this.isPaused) {
      this.#advance(now);
      return;
    }
    const owed =
      this.#offers === undefined
        ? `HELLO has not come for ${HELLO_MS / 1_000}`
        : `an answer to WANT has not come for ${ANSWER_MS / 1_000}`;
    this.#fail(FeedCode.silent, `${owed} s`, now);
  }

  /** When `handleTimeout` is due; Infinity: never. */
  nextTimeout(): number {
    if (this.#hasFailed || this.#judging !== undefined) return Infinity;
    if (this.#resumeAt !== undefined) return this.#resumeAt;
    return this.#isOwed ? this.#silentAt : Infinity;
  }

  /** The octets of a message that is to be sent, or undefined. */
  pollTransmit(now: number): Uint8Array | undefined {
    if (this.#hasFailed) return undefined;
    if (this.#hello !== undefined) {
      const hello = this.#hello;
      this.#hello = undefined;
      return hello;
    }
    const { conduct, has } = this.#options;
    if (conduct.isMuted(now)) {
      // Another stream with this neighbour may have muted it.
      this.#resumeAt = conduct.mutedUntil;
      this.#pausedSince ??= now;
      return undefined;
    }
    const wasOwed = this.#isOwed;
    const want = this.#offers?.takeWant(has);
    if (want === undefined) return undefined;
    if (!wasOwed) this.#silentAt = now + ANSWER_MS;
    this.#tellCursor(want.cursor);
    return writeMessage({ kind: "want", ids: want.ids });
  }

  pollEvent(): ReaderEvent | undefined {
    return this.#events.shift();
  }

  /** Whether the source has to say something. */
  get #isOwed(): boolean {
    return this.#offers === undefined || this.#offers.isWaiting;
  }

  #advance(now: number): void {
    // A source is not silent while nothing is read of it.
    if (this.#pausedSince !== undefined) this.#silentAt += now - this.#pausedSince;
    this.#resumeAt = undefined;
    try {
      while (this.#step(now));
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#fail(error.code, error.message, now);
    }
    this.#pausedSince = this.isPaused ? now : undefined;
  }

  /** Does the next thing; false: nothing can be done now. */
  #step(now: number): boolean {
    const { conduct } = this.#options;
    if (this.#judging !== undefined) return false;
    if (conduct.isMuted(now)) {
      this.#resumeAt = conduct.mutedUntil;
      return false;
    }
    if (this.#arriving !== undefined) return this.#stepRecords(this.#arriving, now);
    if (this.#post !== undefined) return this.#stepPost(this.#post, now);
    const message = this.#input.next(now);
    if (message !== undefined) this.#handleMessage(message, now);
    else this.#resumeAt = this.#input.opensAt(now);
    return message !== undefined;
  }

  #stepPost({ message, wait }: WaitingPost, now: number): boolean {
    this.#resumeAt = wait?.until(now);
    if (this.#resumeAt !== undefined) return false;
    this.#post = undefined;
    this.#events.push({ kind: "post", message });
    return true;
  }

  #stepRecords(arriving: ArrivingRecords, now: number): boolean {
    const step = arriving.step(now);
    switch (step.kind) {
      case "wait":
        this.#resumeAt = step.until;
        return false;
      case "record":
        this.#judging = step.record.id;
        this.#events.push({ kind: "record", ...step.record });
        return false;
      case "fault":
        this.#handleFault(step.why, now);
        return true;
      default:
        this.#arriving = undefined;
        for (const cursor of this.#offers!.handleDone(arriving.answered)) this.#tellCursor(cursor);
        if (this.#options.conduct.handleMissing(step.missing, now)) this.#tellMuted("ids without their records");
        return true;
    }
  }

  #handleMessage(message: Message, now: number): void {
    const offers = this.#offers;
    if (message.kind === "hello") {
      if (offers !== undefined) throw new Violation(FeedCode.malformed, "HELLO came twice");
      this.#handleHello(message);
      return;
    }
    if (offers === undefined) throw new Violation(FeedCode.malformed, "HELLO is not the first message");
    if (message.kind === "want")
      throw new Violation(FeedCode.malformed, "WANT is a reader's, and came from the source");
    if (message.kind === "have") {
      offers.handleHave(message);
      return;
    }
    if (message.kind === "beacon" || message.kind === "mail") {
      const { costOf, conduct } = this.#options;
      const cost = costOf?.(message, now) ?? 0;
      const wait = cost === 0 ? undefined : new VerificationWait(conduct, cost);
      if (costOf !== undefined && this.#version >= VERSION_OF_MAIL) this.#post = { message, wait };
      return;
    }
    const answered = offers.takeAnswered(message.answered);
    if (answered.length > 0) this.#silentAt = now + ANSWER_MS;
    const { has, conduct } = this.#options;
    this.#arriving = new ArrivingRecords(message, answered, has, conduct, this.#version);
  }

  #handleHello(hello: Hello): void {
    const event = checkHello(hello, this.#options.peer);
    const own = this.#options.cursors;
    const isSame = own?.databaseId === hello.databaseId;
    for (const { section, sequence } of hello.cursors) {
      const read = isSame ? own.cursors.find((cursor) => cursor.section === section)?.sequence : 0;
      if (sequence <= (read ?? 0)) continue;
      throw new Violation(
        FeedCode.malformed,
        `HELLO begins ${section} behind row ${sequence}, and ${read ?? 0} was read`,
      );
    }
    this.#version = versionOf(hello);
    this.#databaseId = hello.databaseId;
    this.#offers = new Offers(hello.cursors);
    this.#events.push(event);
  }

  #handleFault(why: string, now: number): void {
    if (this.#options.conduct.handleFault(now)) this.#tellMuted(why);
  }

  #tellMuted(why: string): void {
    this.#events.push({ kind: "muted", untilMs: this.#options.conduct.mutedUntil, why });
  }

  #tellCursor(cursor: Cursor | undefined): void {
    if (cursor !== undefined) this.#events.push({ kind: "cursor", databaseId: this.#databaseId, ...cursor });
  }

  #fail(code: FeedCode, text: string, now: number): void {
    this.#handleFault(text, now);
    this.#hasFailed = true;
    this.#resumeAt = undefined;
    this.#events.push({ kind: "failed", code, text });
  }
}
