/** How one other replica is read: its list, page by page, and of each proposal that is wanted the octets, part by part. One letter is under way at a time. Pure. */
import { RateLimit } from "@florenetes/scheduling";
import { PROPOSAL_LIFE_MS, PROPOSALS_MAX } from "../proposals/limits.ts";
import { type Letter, type Listed, NO_ID, NO_STATE, readListAnswer, readPartAnswer } from "./letters.ts";
import {
  AGAIN_MS,
  FAULT_PAUSE_MS,
  FIRST_LOOK_MS,
  FULL_MS,
  AUDIT_QUESTIONS_AT_ONCE,
  AUDIT_QUESTIONS_PER_SECOND,
  LISTED_AT_ONCE,
  LOOK_MS,
  NEWS_APART_MS,
  NEWS_LOOKS_BURST,
  NEWS_LOOKS_PER_SECOND,
  NEWS_PAUSE_MS,
  PART_SIZE,
  VAIN_A_LOOK_MAX,
  VAIN_MS,
} from "./limits.ts";
import { digestOf, type Shelf } from "./shelf.ts";

/** Monotonic milliseconds, and milliseconds since 1970. */
export interface MailMoment {
  readonly now: number;
  readonly wall: number;
}

/** A proposal of another replica, whose octets are those that its list names. Nothing of it is judged yet. */
export interface Pulled extends Pick<Listed, "id" | "brought" | "by"> {
  readonly from: string;
  /** The replica to which it was brought, as that one says; null: it says none. */
  readonly broughtAt: string | null;
  readonly text: string;
  /** The id of a proposal whose place it takes; undefined: there is a free one. */
  readonly replaces: string | undefined;
}

/** Words for what came of a proposal that was pulled. `signed`: it was there, and has got signatures. `confirmed`: others alone had said so far that it was brought
 * where it is told now. `known`: it adds nothing. `early`: it may be taken later. `silent`: the agent cannot judge it now. */
export type PulledOutcome =
  | "taken"
  | "signed"
  | "confirmed"
  | "silent"
  | "early"
  | "full"
  | "known"
  | "record"
  | "other-record"
  | "conflict";

/** Words of an agent on a letter to which there is no answer. */
export type NoAnswer = "unanswered" | "no-way" | "unknown-kind" | "unknown-sender" | "malformed" | "busy";

export interface ReplicaReaderOptions {
  readonly node: string;
  readonly shelf: Shelf;
  /** Proposals that may wait here of each other replica to which they were brought. */
  readonly share: () => number;
  /** Whether a name is that of another replica. */
  readonly isOther: (name: string) => boolean;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Reasons that may be gone in a moment. */
const MAY_PASS: ReadonlySet<NoAnswer> = new Set(["no-way", "busy"]);

/** Outcomes after which something is kept that was not. */
const HAS_ADDED: ReadonlySet<PulledOutcome> = new Set(["taken", "signed", "confirmed"]);
/** Outcomes that may be others in a moment. */
const FOR_NOW: ReadonlySet<PulledOutcome> = new Set(["early", "full"]);

type Phase = "rest" | "list" | "part" | "judged";

/** Pages of the longest list. */
const PAGES_MAX = Math.ceil(PROPOSALS_MAX / LISTED_AT_ONCE);

export class ReplicaReader {
  /** Letters by what came of them, proposals by what came of those, and answers that were none. */
  readonly letters: Map<string, number> = new Map();
  readonly pulled: Map<string, number> = new Map();
  /** Questions for the audit that it may ask. */
  readonly audits: RateLimit = new RateLimit(AUDIT_QUESTIONS_AT_ONCE, AUDIT_QUESTIONS_PER_SECOND);
  faults = 0;
  /** When the last fault was, in monotonic milliseconds; undefined: there was none. */
  faultAt: number | undefined;
  /** When it was heard last, in monotonic milliseconds; undefined: it was not. */
  heardAt: number | undefined;
  readonly #options: ReplicaReaderOptions;
  readonly #newsLooks: RateLimit;
  #phase: Phase = "rest";
  #lookAt: number;
  /** No sooner than then, whatever is said to be new. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Its state as it was last heard, and as it was when a look at it came to its end. */
  #state = NO_STATE;
  #seen = NO_STATE;
  /** The state at the beginning of the present look, its pages, and the letter that goes next or is under way. */
  #lookState = NO_STATE;
  #pages = 0;
  #after = NO_ID;
  /** The id behind which the present look has begun, or the next one will, and the last one that it has done with. */
  #from = NO_ID;
  #passed = NO_ID;
  #hasMore = false;
  #isUnderWay = false;
  #todo: Listed[] = [];
  #parts: Uint8Array[] = [];
  #offset = 0;
  #vainOnes = 0;
  /** Copies that came to nothing, by ids, and until when none of them is pulled. */
  readonly #vain = new Map<string, { readonly copy: string; readonly until: number }>();

  constructor(options: ReplicaReaderOptions, { now }: MailMoment) {
    this.#options = options;
    this.#lookAt = now + options.random() * FIRST_LOOK_MS;
    this.#newsLooks = new RateLimit(NEWS_LOOKS_BURST, NEWS_LOOKS_PER_SECOND, now);
  }

  /** When a letter is due, in monotonic milliseconds; Infinity: not before something else happens. */
  get nextTimeout(): number {
    if (this.#isUnderWay || this.#phase === "judged") return Number.POSITIVE_INFINITY;
    return this.#phase === "rest" ? this.#lookAt : Number.NEGATIVE_INFINITY;
  }

  /** The proposals of this replica are others: the other one hears of it by the next look at it, which comes soon. */
  handleOwn({ now }: MailMoment): void {
    if (this.#state === this.#options.shelf.state) return;
    this.#hasten(Math.max(now + NEWS_PAUSE_MS, this.#toldAt + NEWS_APART_MS));
  }

  /** The replica has asked for a list, and says what its own state is. */
  handleHeard(state: string, { now }: MailMoment): void {
    this.heardAt = now;
    this.#state = state;
    if (state === this.#seen || state === this.#options.shelf.state) return;
    this.#hasten(Math.max(now, this.#newsLooks.nextAt()));
  }

  /** A proposal has gone that others may have: their lists are read again, though they may be the same. */
  handleLost(): void {
    this.#seen = NO_STATE;
    this.#lookState = NO_STATE;
  }

  /** The replica has sent what is no letter. */
  handleMalformed(at: MailMoment): void {
    this.#countFault(at);
    if (!this.#isUnderWay && this.#phase !== "judged") this.#end(this.#quietUntil);
  }

  /** A letter that is due; undefined: none is. */
  pollLetter(at: MailMoment): Letter | undefined {
    if (at.now < this.nextTimeout) return undefined;
    this.#isUnderWay = true;
    if (this.#phase === "part") {
      const { id, copy } = this.#todo[0]!;
      return { kind: "part", id, copy, offset: this.#offset };
    }
    if (this.#phase === "rest") this.#begin(at);
    const { state } = this.#options.shelf;
    this.#toldAt = at.now;
    return { kind: "list", state, known: this.#pages === 0 ? this.#seen : NO_STATE, after: this.#after };
  }

  /** The letter that was under way is answered. Returns a proposal once all of its octets are there. */
  handleAnswer(body: Uint8Array, at: MailMoment): Pulled | undefined {
    this.#isUnderWay = false;
    this.heardAt = at.now;
    countIn(this.letters, "answered");
    if (at.now < this.#quietUntil) {
      this.#end(this.#quietUntil);
      return undefined;
    }
    if (this.#phase === "list") return this.#handleList(body, at);
    return this.#phase === "part" ? this.#handlePart(body, at) : undefined;
  }

  /** The letter that was under way is not answered. */
  handleNoAnswer(why: NoAnswer, { now }: MailMoment): void {
    this.#isUnderWay = false;
    countIn(this.letters, why);
    this.#end(MAY_PASS.has(why) ? now + AGAIN_MS : this.#restAt(now));
  }

  /** Takes the outcome of a proposal that was pulled. */
  handlePulled(outcome: PulledOutcome, at: MailMoment): void {
    if (this.#phase !== "judged") return;
    countIn(this.pulled, outcome);
    if (outcome === "silent") return this.#end(at.now + AGAIN_MS);
    const entry = this.#pass();
    if (!HAS_ADDED.has(outcome)) {
      this.#vainOnes++;
      this.#note(entry, at.now + (FOR_NOW.has(outcome) ? FULL_MS : VAIN_MS));
    }
    this.#goOn(at);
  }

  #begin({ now }: MailMoment): void {
    this.#phase = "list";
    this.#newsLooks.take(now);
    this.#lookAt = Number.POSITIVE_INFINITY;
    this.#lookState = NO_STATE;
    this.#pages = 0;
    this.#after = this.#from;
    this.#passed = this.#from;
    this.#vainOnes = 0;
    for (const [id, { until }] of this.#vain) {
      if (now < until) continue;
      // A copy that came to nothing is tried once more, though the list may be the same.
      this.#vain.delete(id);
      this.#seen = NO_STATE;
    }
  }

  #handleList(body: Uint8Array, at: MailMoment): Pulled | undefined {
    const answer = readListAnswer(body, this.#after);
    if (answer === undefined || (answer.hasMore && this.#pages + 1 >= PAGES_MAX)) return this.#handleFault(at);
    const { state, listed, hasMore } = answer;
    if (this.#pages === 0) this.#lookState = state;
    // Other pages are those of another list.
    else if (state !== this.#lookState) this.#lookState = NO_STATE;
    this.#state = state;
    this.#pages++;
    this.#hasMore = hasMore;
    this.#after = listed.at(-1)?.id ?? this.#after;
    this.#todo = [...listed];
    this.#goOn(at);
    return undefined;
  }

  #handlePart(body: Uint8Array, at: MailMoment): Pulled | undefined {
    const octets = readPartAnswer(body);
    const entry = this.#todo[0]!;
    if (octets === "gone") {
      this.#vainOnes++;
      this.#pass();
      this.#goOn(at);
      return undefined;
    }
    const size = Math.min(PART_SIZE, entry.size - this.#offset);
    if (octets?.length !== size) return this.#handleFault(at);
    this.#parts.push(octets);
    this.#offset += size;
    if (this.#offset < entry.size) return undefined;
    const text = Buffer.concat(this.#parts);
    if (digestOf(text) !== entry.copy) return this.#handleFault(at);
    this.#phase = "judged";
    this.#parts = [];
    const { id, brought, by } = entry;
    const [broughtAt, place] = [this.#originOf(entry), this.#roomFor(entry)];
    const replaces = typeof place === "string" ? place : undefined;
    return { from: this.#options.node, id, broughtAt, brought, by, text: text.toString(), replaces };
  }

  /** Goes on with the next proposal that is wanted, the next page, or the end of the look. */
  #goOn(at: MailMoment): void {
    if (at.now < this.#quietUntil) return this.#end(this.#quietUntil);
    while (this.#todo.length > 0 && !this.#isWanted(this.#todo[0]!, at)) this.#pass();
    if (this.#vainOnes >= VAIN_A_LOOK_MAX) {
      this.#from = this.#passed;
      return this.#end(this.#restAt(at.now));
    }
    if (this.#todo.length > 0) {
      this.#phase = "part";
      this.#parts = [];
      this.#offset = 0;
    } else if (this.#hasMore) this.#phase = "list";
    else {
      if (this.#from === NO_ID) this.#seen = this.#lookState;
      this.#from = NO_ID;
      this.#end(this.#restAt(at.now));
    }
  }

  #pass(): Listed {
    const entry = this.#todo.shift()!;
    this.#passed = entry.id;
    return entry;
  }

  #isWanted(entry: Listed, { now, wall }: MailMoment): boolean {
    const { shelf, node } = this.#options;
    const { id, copy, brought } = entry;
    const own = shelf.copyOf(id);
    const isConfirmed = this.#originOf(entry) === node && shelf.isHearsayOf(id, node);
    if ((own === copy && !isConfirmed) || shelf.isDone(id) || brought + PROPOSAL_LIFE_MS <= wall) return false;
    const vain = this.#vain.get(id);
    if (vain?.copy === copy && now < vain.until) return false;
    if (own !== undefined || this.#roomFor(entry) !== false) return true;
    countIn(this.pulled, "full");
    this.#note(entry, now + FULL_MS);
    return false;
  }

  /** The replica to which a proposal was brought; null: it is said to be this one, which does not have it, or one that is none. */
  #originOf({ at }: Listed): string | null {
    const { node, isOther } = this.#options;
    if (at === "") return node;
    return isOther(at) && at !== node ? at : null;
  }

  #roomFor(entry: Listed): boolean | string {
    const { node, shelf, share, isOther } = this.#options;
    const origin = this.#originOf(entry);
    return shelf.placeFor({ replica: origin ?? node, isItself: origin === node }, share(), isOther);
  }

  /** Takes note of a copy that came to nothing. */
  #note({ id, copy }: Listed, until: number): void {
    this.#vain.delete(id);
    this.#vain.set(id, { copy, until });
    for (const [oldest] of this.#vain) {
      if (this.#vain.size <= PROPOSALS_MAX) break;
      this.#vain.delete(oldest);
    }
  }

  #handleFault(at: MailMoment): undefined {
    this.#countFault(at);
    this.#end(this.#quietUntil);
  }

  #countFault({ now }: MailMoment): void {
    this.faults++;
    this.faultAt = now;
    this.#quietUntil = now + FAULT_PAUSE_MS;
  }

  #end(lookAt: number): void {
    this.#phase = "rest";
    this.#parts = [];
    this.#todo = [];
    // Something may have been new while the look lasted.
    this.#lookAt = Math.max(Math.min(this.#lookAt, lookAt), this.#quietUntil);
  }

  #hasten(at: number): void {
    this.#lookAt = Math.max(Math.min(this.#lookAt, at), this.#quietUntil);
  }

  #restAt(now: number): number {
    return now + LOOK_MS * (1 + this.#options.random());
  }
}

function countIn(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
