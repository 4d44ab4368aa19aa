/** Letters of the kind `papers` of this node: when it sends one, what is in it, and what comes of the answer. Pure. */
import { copyIdOf, type Fact, type Judgement, writeEnvelope } from "@florenetes/facts";
import {
  type Done,
  fitRecords,
  HELD_MAX,
  Outcome,
  readPapersAnswer,
  SHORT_ID_SIZE,
  shortIdOf,
  SHOWN_SIZE_MAX,
  writePapers,
} from "@florenetes/feed";
import type { AgentNews } from "../agent-orders.ts";
import { HANDED_IN_MAX, LOOKED_BACK_MAX } from "../limits.ts";
import type { Moment } from "../moment.ts";
import type { HeldRecords } from "../records/held-records.ts";
import { organizationsOf } from "../records/standing.ts";
import type { AgentMail } from "./agent-mail.ts";
import { ownPapers, papersOf } from "./papers-desk.ts";

export interface PapersPostOptions {
  readonly node: string;
  readonly records: HeldRecords;
  readonly mail: AgentMail;
  /** Whether a link to this node is up. */
  readonly isNeighbour: (node: string) => boolean;
  /** Whether this node keeps a copy of the log. */
  readonly hasLog: () => boolean;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** Told that a control node has given all that this node has to have. */
  readonly onCurrent: (reader: string, at: Moment) => void;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Two letters are so far apart, if nothing happens: at random within these, so that the letters of many nodes are, too. */
const APART_MS = [150_000, 300_000] as const;
/** Behind one that nobody has answered, while records wait that were handed in. */
const AGAIN_MS = [30_000, 60_000] as const;
/** Behind something that has happened at many nodes at once: a control node is heard. */
const SOON_MS = [0, 2_000] as const;
/** A record that a control node cannot take yet is sent so often, and not sooner than that behind the last time. */
const TRIES_MAX = 10;
/** Words of a control node that lacks something, or has no room: it, or another one, may take the record later. */
const LATER: ReadonlySet<string> = new Set([
  "no-root",
  "unknown-schema",
  "future",
  "gap",
  "authority",
  "issuer",
  "unknown-key",
  "quota",
  "full",
]);
export const PAPERS_KIND = "papers";

/** A record that was handed in here, and that no control node has judged for good. */
interface HandedIn {
  readonly fact: Fact;
  tries: number;
  /** Monotonic milliseconds. */
  triesAt: number;
}

export class PapersPost {
  readonly #options: PapersPostOptions;
  /** Records that were handed in here, by their ids. */
  readonly #handedIn = new Map<string, HandedIn>();
  /** Records from before a restart that go on once there is room, and when the next of them may. */
  #older: Fact[] = [];
  #olderAt = Number.NEGATIVE_INFINITY;
  readonly #news: AgentNews[] = [];
  /** The records in the letter that waits for its answer: those that were handed in, by their places. */
  #asking: readonly (Fact | undefined)[] | undefined;
  #dueAt: number = Number.POSITIVE_INFINITY;
  #hadWay = false;
  #hasLookedBack = false;

  constructor(options: PapersPostOptions) {
    this.#options = options;
  }

  /** Records that were handed in here, and that no control node has judged yet. */
  get waiting(): number {
    return this.#handedIn.size;
  }

  /** Takes note of a record that was handed in here: where neighbours are not offered it, it goes on by mail. */
  handleHandedIn(fact: Fact, at: Moment): void {
    if (!this.#options.mail.reads(PAPERS_KIND) && this.#keep(fact, at.wall)) this.#dueAt = at.now;
  }

  /** A letter is to go at once, whatever was sent a moment ago. */
  handleRefetch(at: Moment): void {
    this.#dueAt = at.now;
  }

  /** The records of this node are others now. */
  handleStanding(at: Moment): void {
    this.#plan(at.now, SOON_MS);
  }

  /** Sends a letter that is due. */
  advance(at: Moment): void {
    const { mail } = this.#options;
    if (mail.reads(PAPERS_KIND)) return this.#rest();
    if (this.#asking !== undefined || (this.#hadWay && at.now < this.#dueAt)) return;
    const hasWay = mail.hasWay(PAPERS_KIND, at);
    // A new control node is heard by all at once.
    if (hasWay && !this.#hadWay) this.#dueAt = at.now + this.#within(SOON_MS);
    this.#hadWay = hasWay;
    if (!hasWay || at.now < this.#dueAt) return;
    this.#lookBack(at);
    this.#keepOlder(at);
    const { body, handedIn } = this.#write(at);
    this.#dueAt = at.now + this.#within(APART_MS);
    if (mail.send(PAPERS_KIND, body, at) !== undefined) this.#asking = handedIn;
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#asking === undefined && this.#hadWay ? this.#dueAt : Number.POSITIVE_INFINITY;
  }

  /** Takes what came of the letter that was sent. */
  handleDone({ answer, reader }: Done, at: Moment): void {
    const handedIn = this.#asking ?? [];
    this.#asking = undefined;
    const read = answer === undefined ? undefined : readPapersAnswer(answer.body);
    if (read === undefined) {
      if (this.waiting > 0) this.#plan(at.now, AGAIN_MS);
      return;
    }
    const before = this.waiting;
    for (const [place, fact] of handedIn.entries()) {
      const word = read.judged[place];
      if (fact === undefined || word === undefined) continue;
      this.#handleWord(fact, word, reader, at.now);
    }
    const isNew = this.#options.hand(read.records, at).some(({ isAccepted }) => isAccepted);
    // Each letter that follows at once has something done: they come to an end.
    const isDone = this.waiting < before && [...this.#handedIn.values()].some(({ triesAt }) => at.now >= triesAt);
    if ((read.hasMore && isNew) || isDone) this.#dueAt = at.now;
    else if (this.waiting > 0 || this.#older.length > 0) this.#plan(at.now, AGAIN_MS);
    if (answer?.outcome === Outcome.answered && !read.hasMore) this.#options.onCurrent(reader, at);
  }

  /** Something that people want to know. */
  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  /** A control node keeps what is handed in, and sends nothing. Should it be none any more, it sends that on. */
  #rest(): void {
    this.#handedIn.clear();
    this.#older = [];
    this.#hadWay = false;
    this.#hasLookedBack = false;
  }

  /** Records that were handed in before a restart are to go on, too. Where this node keeps the log, control nodes that do have them from there. */
  #lookBack({ wall }: Moment): void {
    const { book } = this.#options.records;
    if (this.#hasLookedBack || book === undefined) return;
    this.#hasLookedBack = true;
    if (this.#options.hasLog()) return;
    const all = [...book.all("node", wall), ...book.all("role", wall)];
    // Neighbours show their own papers here, and to control nodes, too: of them, roles that they may not know come last.
    const { isNeighbour } = this.#options;
    const isOfNeighbour = ({ subject }: Fact): boolean => isNeighbour(subject.split("/")[0]!);
    const roles = all.filter((fact) => isOfNeighbour(fact) && fact.kind === "role");
    // The newest ones are those that may have been handed in just before the restart.
    const others = all.filter((fact) => !isOfNeighbour(fact)).toSorted((a, b) => b.issued - a.issued);
    this.#older = [...others, ...roles];
  }

  /** Records from before a restart go on beside those that are handed in now, and a few at a time: control nodes have most of them. */
  #keepOlder({ now, wall }: Moment): void {
    if (now < this.#olderAt) return;
    this.#olderAt = now + AGAIN_MS[0];
    let taken = 0;
    for (; taken < this.#older.length && this.waiting < LOOKED_BACK_MAX; taken++) this.#keep(this.#older[taken]!, wall);
    this.#older = this.#older.slice(taken);
  }

  /** Takes a control node's word about a record: it is done with, or is sent again later. */
  #handleWord(fact: Fact, word: string, reader: string, now: number): void {
    const entry = this.#handedIn.get(fact.id);
    this.#handedIn.delete(fact.id);
    if (word === "taken" || word === "duplicate" || entry === undefined) return;
    entry.tries++;
    entry.triesAt = now + AGAIN_MS[0];
    // Behind all others, so that those that cannot be taken yet stand in no way.
    if (LATER.has(word) && entry.tries < TRIES_MAX) this.#handedIn.set(fact.id, entry);
    else this.#tellRefused(fact, word, reader);
  }

  /** Returns whether the record is to go on by mail. */
  #keep(fact: Fact, wall: number): boolean {
    if (this.#handedIn.size >= HANDED_IN_MAX || this.#octetsOf(fact, wall) === undefined) return false;
    if (!this.#handedIn.has(fact.id))
      this.#handedIn.set(fact.id, { fact, tries: 0, triesAt: Number.NEGATIVE_INFINITY });
    return true;
  }

  /** The octets of a record of another node, of which no neighbour is told here; undefined: it is none, or does not count any more. */
  #octetsOf(fact: Fact, wall: number): Uint8Array | undefined {
    const { node, records } = this.#options;
    const { book } = records;
    const about = fact.kind === "node" || fact.kind === "role" ? fact.subject.split("/")[0] : undefined;
    if (book === undefined || about === undefined || about === node) return undefined;
    if (fact.scope === "cluster") return book.offered(fact.id, "kept", wall);
    const isMember = organizationsOf(book, node, wall).includes(fact.scope);
    return isMember ? undefined : book.offered(fact.id, fact.scope as `org/${string}`, wall);
  }

  /** The letter that says what this node has and holds, and the records in it that were handed in, by their places. */
  #write({ now, wall }: Moment): { readonly body: Uint8Array; readonly handedIn: readonly (Fact | undefined)[] } {
    const { node, records } = this.#options;
    const { book } = records;
    const own = book === undefined ? [] : ownPapers(book, node, wall).map(({ envelope }) => writeEnvelope(envelope));
    const handedIn: Fact[] = [];
    const octets: Uint8Array[] = [];
    // An own record that no letter has room for is left out.
    const [beside] = fitRecords(own.slice(0, 1), SHOWN_SIZE_MAX).fit;
    const roomBesideOwn = SHOWN_SIZE_MAX - (beside === undefined ? 0 : 4 + beside.length);
    for (const { fact, triesAt } of this.#handedIn.values()) {
      const found = this.#octetsOf(fact, wall);
      if (found === undefined) this.#handedIn.delete(fact.id);
      else if (4 + found.length > roomBesideOwn) {
        this.#handedIn.delete(fact.id);
        this.#tellRefused(fact, "too-large", node);
      } else if (now >= triesAt) {
        handedIn.push(fact);
        octets.push(found);
      }
    }
    // The first of the own ones is the node's record: without it nothing is answered.
    const { fit: shown } = fitRecords([...own.slice(0, 1), ...octets, ...own.slice(1)], SHOWN_SIZE_MAX);
    const room = Math.floor((SHOWN_SIZE_MAX - shown.reduce((sum, { length }) => sum + 4 + length, 0)) / SHORT_ID_SIZE);
    const told = new Set(shown.map((each) => copyIdOf(each)));
    const held = papersOf(records, node, wall).filter(({ id }) => !told.has(id));
    const ids = held.slice(0, Math.min(room, HELD_MAX)).map(({ id }) => shortIdOf(id));
    const places = shown.map((each) => handedIn[octets.indexOf(each)]);
    return { body: writePapers({ shown, held: ids }), handedIn: places };
  }

  #tellRefused({ kind, subject }: Fact, reason: string, reader: string): void {
    const text = "a control node does not take a record that was handed in here";
    this.#news.push({ level: "warn", code: "PAPERS_REFUSED", about: { kind, subject, reason, reader }, text });
  }

  #plan(now: number, range: readonly [number, number]): void {
    this.#dueAt = Math.min(this.#dueAt, now + this.#within(range));
  }

  /** A random time between two. */
  #within([least, most]: readonly [number, number]): number {
    const [high, low] = this.#options.randomBytes(2);
    return least + Math.floor(((most - least) * (high! * 256 + low!)) / 65_536);
  }
}
