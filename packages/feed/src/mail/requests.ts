/** Letters of this node that wait for an answer, and when they are sent again. Pure but for the randomness that it is given. */
import type { Signer } from "@florenetes/facts";
import type { Mail } from "../messages.ts";
import { type Answer, associatedOf, readAnswer, writeLetter } from "./letter.ts";
import { DAMAGED_MAX, END_STEP_MS, KEY_SIZE, MAIL_ID_SIZE, MAIL_MS, REQUESTS_MAX, TRIES_MAX } from "./limits.ts";
import type { MailTime, Reader, Way } from "./readers.ts";
import { type ExchangeKey, makeExchangeKey, open, seal } from "./sealing.ts";

/** A letter as its owner gives it. */
export interface Request {
  /** The role of its reader: a bit of `Offer`. */
  readonly offer: number;
  /** The name of its reader; undefined: any with the role. */
  readonly to?: string | undefined;
  readonly kind: string;
  /** At most 15,360 octets. */
  readonly body: Uint8Array;
  /** How long an answer may take before the letter goes another way. Later ones are taken all the same. */
  readonly answerMs: number;
}

export interface RequestsOptions {
  readonly cluster: string;
  readonly node: string;
  /** The node's key. */
  readonly key: Signer & { readonly key: string };
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
}

interface Try {
  readonly answerKey: ExchangeKey;
  readonly reader: Reader;
  readonly way: Way;
  /** The reader's key that it was sealed for. */
  readonly key: string;
  /** Octets that claimed to be the answer, and were not. */
  damaged: number;
}

interface Waiting {
  readonly number: number;
  readonly request: Request;
  readonly tries: Map<string, Try>;
  last: Try | undefined;
  /** When it is sent again, or given up; both in monotonic milliseconds. */
  triesAt: number;
  until: number;
}

/** The outcome of a letter. Without an answer: nobody has given one. */
export interface Done {
  readonly number: number;
  readonly answer: Answer | undefined;
  /** The node that has answered; empty: none. */
  readonly reader: string;
}

/** A letter that was lost is sent again within so long, at random: many are lost at a time, and with them those of others. */
const LOST_MS = 2_000;
/** Looks again for a reader to which no way is known. */
const WAYLESS_MS = 1_000;

export class Requests {
  readonly #options: RequestsOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** Letters by the ids of their mails. */
  readonly #byId = new Map<string, Waiting>();
  #last = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The number of the letter, of which `done` or `pollDue` tells what came; undefined: too many wait. */
  add(request: Request, now: number): number | undefined {
    if (this.#waiting.size >= REQUESTS_MAX) return undefined;
    const number = ++this.#last;
    this.#waiting.set(number, {
      number,
      request,
      tries: new Map(),
      last: undefined,
      triesAt: now,
      until: now + MAIL_MS,
    });
    return number;
  }

  /** Whether an answer of this id is waited for. */
  has(id: string): boolean {
    const found = this.#byId.get(id)?.tries.get(id);
    return found !== undefined && found.damaged < DAMAGED_MAX;
  }

  /** Takes an answer; undefined: it is none that anybody waits for, or is damaged. */
  handleAnswer(mail: Mail): Done | undefined {
    const waiting = this.#byId.get(mail.id);
    const found = waiting?.tries.get(mail.id);
    if (waiting === undefined || found === undefined || !this.has(mail.id)) return undefined;
    const associated = associatedOf({ cluster: this.#options.cluster, ...mail });
    const content = open("florenetes mail answer 1", found.answerKey, mail.key, associated, mail.sealed);
    const answer = content === undefined ? undefined : readAnswer(content);
    if (answer === undefined) {
      found.damaged++;
      return undefined;
    }
    found.reader.silences = 0;
    found.way.silences = 0;
    return this.#end(waiting, answer, found.reader.node);
  }

  /** Whether a letter of this id was given to this neighbour last, and waits for its answer. */
  wasGiven(id: string, peer: string): boolean {
    const waiting = this.#byId.get(id);
    return waiting?.last !== undefined && waiting.last === waiting.tries.get(id) && waiting.last.way.peer === peer;
  }

  /** A letter was lost on its way, or its answer was. */
  handleLost(id: string, now: number): void {
    this.#sendAgain(this.#byId.get(id)!, now);
  }

  /** A neighbour is gone, and with it the letters that were given to it. */
  handlePeerLost(peer: string, now: number): void {
    for (const waiting of this.#waiting.values()) if (waiting.last?.way.peer === peer) this.#sendAgain(waiting, now);
  }

  /** A reader has another key: most likely it has begun anew, and knows of no letter that was sealed for the last one. */
  handleKey(reader: string, key: string, now: number): void {
    for (const waiting of this.#waiting.values())
      if (waiting.last?.reader.node === reader && waiting.last.key !== key) this.#sendAgain(waiting, now);
  }

  /** When something is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { triesAt } of this.#waiting.values()) next = Math.min(next, triesAt);
    return next;
  }

  /**
   * The next letter that is to be sent now, or that is given up.
   *
   * @param pick Chooses a reader for a letter, and the way to it; undefined: none is known
   */
  pollDue(
    { now, wall }: MailTime,
    pick: (request: Request) => { readonly reader: Reader; readonly way: Way } | undefined,
  ): { readonly mail: Omit<Mail, "tokens">; readonly peer: string } | Done | undefined {
    for (const waiting of this.#waiting.values()) {
      if (now < waiting.triesAt) continue;
      const { last, request, tries, until } = waiting;
      if (last !== undefined) {
        last.reader.silences++;
        last.way.silences++;
        waiting.last = undefined;
      }
      if (tries.size >= TRIES_MAX || now >= until) return this.#end(waiting, undefined, "");
      const found = pick(request);
      waiting.triesAt = Math.min(until, now + (found === undefined ? WAYLESS_MS : request.answerMs));
      if (found === undefined) continue;
      found.reader.askedAt = now;
      const mail = this.#seal(waiting, found.reader, found.way, wall);
      if (mail !== undefined) return { mail, peer: found.way.peer };
    }
    return undefined;
  }

  /** Has a letter go another way soon, with as much time as it had at first. */
  #sendAgain(waiting: Waiting, now: number): void {
    const [high, low] = this.#options.randomBytes(2);
    const at = now + Math.floor((LOST_MS * (256 * high! + low!)) / 65_536);
    if (at >= waiting.triesAt) return;
    waiting.triesAt = at;
    waiting.until = at + MAIL_MS;
  }

  #seal(waiting: Waiting, reader: Reader, way: Way, wall: number): Omit<Mail, "tokens"> | undefined {
    const { cluster, node, key, randomBytes } = this.#options;
    const { kind, body } = waiting.request;
    const id = Buffer.from(randomBytes(MAIL_ID_SIZE)).toString("hex");
    const [sealer, answerKey] = [makeExchangeKey(randomBytes(KEY_SIZE)), makeExchangeKey(randomBytes(KEY_SIZE))];
    const end = Math.floor((wall + MAIL_MS) / END_STEP_MS) * END_STEP_MS;
    const context = { cluster, id, end, reader: reader.node };
    const letter = { kind, answerKey: answerKey.publicKey, node, key: key.key, body };
    const content = writeLetter(letter, context, key);
    waiting.last = { answerKey, reader, way, key: reader.beacon.key, damaged: 0 };
    waiting.tries.set(id, waiting.last);
    this.#byId.set(id, waiting);
    const sealed = seal("florenetes mail 1", reader.beacon.key, sealer, associatedOf(context), content);
    if (sealed === undefined) return undefined;
    return { kind: "mail", id, end: context.end, reader: reader.node, key: sealer.publicKey, sealed };
  }

  #end(waiting: Waiting, answer: Answer | undefined, reader: string): Done {
    this.#waiting.delete(waiting.number);
    for (const id of waiting.tries.keys()) this.#byId.delete(id);
    return { number: waiting.number, answer, reader };
  }
}
