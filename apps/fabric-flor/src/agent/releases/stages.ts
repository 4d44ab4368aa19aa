/**
 * The written rule `releases`: a program's key of the update quorum raises the stage of a release to the next step of its rule, once the nodes of the present one are whole for long
 * enough. Programs gather their signatures on the board of the log's store. Each judges the nodes that tell it of their software as a coordinator. Pure.
 */
import {
  bodyOf,
  type BookEvent,
  type Fact,
  type FactBook,
  readEnvelope,
  recordIdOf,
  type ReleaseBody,
  writeEnvelope,
  writePayload,
} from "@florenetes/facts";
import { readPost, releasesPlaceOf } from "@florenetes/facts/log";
import type { Reports } from "@florenetes/routes";
import type { AgentNews } from "../agent-orders.ts";
import { RETRY_MS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { Meeting } from "../programs/meeting.ts";
import type { ProgramOrder, ProgramRule } from "../programs/program-orders.ts";
import { addSignature, pollWhole, signedBy, type Work, workOf } from "../programs/work.ts";
import { standingOf } from "../records/standing.ts";
import { CHANNELS_RAISED_MAX, STAGES_LOOK_MS } from "./limits.ts";
import { countStage, type StageCounts } from "./release-counts.ts";

export interface StagesOptions {
  /** The id of the key that has the rule; undefined: there is none. */
  readonly keyId: string | undefined;
  /** Words of nodes, where this node coordinates: their profiles, and what they say of their software. */
  readonly told: () => { readonly profiles: Reports; readonly installed: Reports } | undefined;
}

/** A release whose stage may be raised. */
interface Watched {
  /** The id of the record in force. */
  readonly record: string;
  readonly fact: Fact;
  readonly body: ReleaseBody;
  readonly next: number;
  /** Nodes that were heard since the record is watched: those that fall silent are not whole. */
  readonly heard: Set<string>;
  counts: StageCounts;
  /** Since when the nodes are whole: monotonic; undefined: they are not. */
  wholeSince: number | undefined;
  work: Work | undefined;
}

/** A release that is watched, for people. */
export interface WatchedStage extends StageCounts {
  readonly channel: string;
  readonly version: string;
  readonly stage: number;
  readonly next: number;
  /** For how long the nodes are whole, in milliseconds; null: they are not. */
  readonly wholeForMs: number | null;
  readonly holdMs: number;
}

const NOBODY: StageCounts = { inStage: 0, whole: 0, back: 0 };
const ALL = 10_000;
const NEVER = Number.POSITIVE_INFINITY;

export class Stages implements ProgramRule {
  /** Why the key has not signed the last time, as a stable code; undefined: it has. */
  fault: string | undefined;
  /** How many records were signed here. */
  signed = 0;
  readonly #options: StagesOptions;
  readonly #meeting: Meeting;
  readonly #orders: ProgramOrder[] = [];
  readonly #news: AgentNews[] = [];
  readonly #watched = new Map<string, Watched>();
  #nextLook = Number.NEGATIVE_INFINITY;
  #signsAgainAt = Number.NEGATIVE_INFINITY;
  #hasBook = false;

  constructor(options: StagesOptions) {
    this.#options = options;
    this.#meeting = new Meeting(options.keyId, releasesPlaceOf, "update");
  }

  get hasRule(): boolean {
    return this.#meeting.keyId !== undefined;
  }

  /** Whether the root lists the key as a program's of the update quorum. */
  get isListed(): boolean {
    return this.#meeting.isListed;
  }

  /** The releases that are watched. */
  watched(now: number): readonly WatchedStage[] {
    return [...this.#watched.values()].map(({ fact, body, next, counts, wholeSince }) => ({
      channel: fact.subject,
      version: body.version,
      stage: body.stage,
      next,
      ...counts,
      wholeForMs: wholeSince === undefined ? null : now - wholeSince,
      holdMs: holdMs(body),
    }));
  }

  /** Takes what has changed in the book. */
  handleEvent(event: BookEvent): void {
    if (event.kind === "row-refused" || !this.hasRule) return;
    if (event.fact.kind === "release" || event.fact.kind === "root") this.#nextLook = Number.NEGATIVE_INFINITY;
  }

  /** Looks how the nodes are. @param hasBoard Whether this node keeps the log in a store, which has a board */
  advance(book: FactBook | undefined, hasBoard: boolean, at: Moment): void {
    this.#hasBook = book !== undefined;
    if (!this.hasRule || book === undefined || at.now < this.#nextLook) return;
    this.#nextLook = at.now + STAGES_LOOK_MS;
    this.#meeting.follow(book, at.wall);
    this.#follow(book, at);
    if (!this.isListed) return;
    const works = [...this.#works()];
    const unsigned = works.filter(({ signed }) => !signed.has(this.#meeting.keyId!));
    if (unsigned.length > 0 && at.now >= this.#signsAgainAt) {
      this.#signsAgainAt = NEVER;
      const records = unsigned.map(({ payload }) => writeEnvelope({ payload, signatures: [] }));
      this.#orders.push({ kind: "sign", records });
    }
    if (!hasBoard || this.#meeting.threshold <= 1) return;
    const own = works.map((work) => signedBy(this.#meeting.keyId!, work)).filter((octets) => octets !== undefined);
    if (works.length > 0) this.#orders.push(...this.#meeting.orders(own));
    else this.#orders.push(...this.#meeting.withdraw());
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.hasRule && this.#hasBook ? this.#nextLook : NEVER;
  }

  pollOrder(): ProgramOrder | undefined {
    return this.#orders.shift();
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  handleSigned(records: readonly Uint8Array[], fault: string | undefined, { now }: Moment): readonly Uint8Array[] {
    this.fault = fault;
    this.#signsAgainAt = fault === undefined ? now : now + RETRY_MS;
    this.#nextLook = now;
    for (const octets of records) if (this.#addSignature(octets, this.#meeting.keyId!)) this.signed++;
    return this.#pollWhole();
  }

  handlePosts(posts: ReadonlyMap<string, Uint8Array>): readonly Uint8Array[] {
    for (const [keyId, octets] of this.#meeting.read(posts))
      for (const record of readPost(octets)) this.#addSignature(record, keyId);
    return this.#pollWhole();
  }

  handleNotPosted(): void {
    this.#meeting.handleNotPosted();
  }

  // ── Within ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Watches the releases in force whose rule has another step, as far as this node hears nodes as a coordinator. */
  #follow(book: FactBook, at: Moment): void {
    const told = this.#options.told();
    const before = new Map(this.#watched);
    this.#watched.clear();
    if (told === undefined || !this.isListed) return;
    for (const fact of book.all("release", at.wall)) {
      const body = bodyOf(fact, "release");
      const next = body === undefined ? undefined : nextStage(body);
      if (body === undefined || next === undefined || this.#watched.size >= CHANNELS_RAISED_MAX) continue;
      const former = before.get(fact.subject);
      const watched = former?.record === fact.id ? former : begin(fact, body, next);
      this.#watched.set(fact.subject, watched);
      this.#look(watched, book, told, at);
    }
  }

  #look(watched: Watched, book: FactBook, told: NonNullable<ReturnType<StagesOptions["told"]>>, at: Moment): void {
    const { fact, body, heard, next } = watched;
    const live = new Map(told.installed.at(at.wall).map((each) => [each.subject, each]));
    for (const name of live.keys()) heard.add(name);
    for (const { subject } of told.profiles.at(at.wall)) heard.add(subject);
    // A node that was taken back is not waited for.
    for (const name of heard) if (standingOf(book, name, at.wall).kind !== "node") heard.delete(name);
    const { version, stage } = body;
    watched.counts = countStage(heard, (name) => live.get(name), { channel: fact.subject, version, stage });
    if (!isWhole(watched.counts, body)) {
      watched.wholeSince = watched.work = undefined;
      return;
    }
    watched.wholeSince ??= at.now;
    if (at.now - watched.wholeSince >= holdMs(body)) watched.work ??= workOf(payloadOf(fact, body, next));
  }

  *#works(): Generator<Work> {
    for (const { work } of this.#watched.values()) if (work !== undefined) yield work;
  }

  /** Takes the signature of a key that a copy of a record has which this program would sign itself; whatever else a copy says is passed over. */
  #addSignature(octets: Uint8Array, keyId: string): boolean {
    const envelope = readEnvelope(octets);
    const key = this.#meeting.keyOf(keyId);
    if (typeof envelope === "string" || key === undefined) return false;
    const id = recordIdOf(envelope.payload);
    const work = [...this.#works()].find(({ payload }) => recordIdOf(payload) === id);
    const signature = envelope.signatures.find((each) => each.keyId === keyId);
    return work !== undefined && signature !== undefined && addSignature(work, signature, key);
  }

  #pollWhole(): readonly Uint8Array[] {
    if (!this.isListed) return [];
    const { threshold } = this.#meeting;
    return [...this.#watched.values()].flatMap(({ work, fact, body, next }) => {
      const whole = work === undefined ? [] : pollWhole([work], threshold);
      if (whole.length > 0)
        this.#news.push({
          level: "info",
          code: "RELEASE_RAISED",
          about: { channel: fact.subject, version: body.version, stage: next },
          text: "the nodes of the stage are whole: programs have signed the next one",
        });
      return whole;
    });
  }
}

/** The next step of a release's rule; undefined: it has none, or people have stopped it. */
function nextStage({ rule, stage }: ReleaseBody): number | undefined {
  return stage === 0 ? undefined : rule?.steps.toSorted((a, b) => a - b).find((step) => step > stage);
}

function holdMs({ rule }: ReleaseBody): number {
  return 1_000 * (rule?.hold ?? 0);
}

/** A stage in which no node is heard is not whole: a step that nobody has tried shows nothing. */
function isWhole({ inStage, whole, back }: StageCounts, { rule }: ReleaseBody): boolean {
  return rule !== undefined && inStage > 0 && whole * ALL >= rule.whole * inStage && back * ALL < rule.back * inStage;
}

function begin(fact: Fact, body: ReleaseBody, next: number): Watched {
  return {
    record: fact.id,
    fact,
    body,
    next,
    heard: new Set(),
    counts: NOBODY,
    wholeSince: undefined,
    work: undefined,
  };
}

/** The payload with the next epoch and stage, and all else as it is: all programs sign one payload. */
function payloadOf(fact: Fact, body: ReleaseBody, stage: number): Uint8Array {
  const { cluster, kind, scope, subject, generation, authority, issued, expires } = fact;
  return writePayload({
    cluster,
    kind,
    scope,
    subject,
    epoch: fact.epoch + 1,
    generation,
    issued,
    expires,
    authority,
    body: { ...body, stage },
  });
}
