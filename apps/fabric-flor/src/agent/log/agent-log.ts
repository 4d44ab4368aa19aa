/**
 * The log, as an agent has to do with it: which of its records the log lacks, and which checkpoint was accepted last. Where the node keeps a copy (a store),
 * the agent has missing records appended, and a signer's agent makes checkpoints. Pure: its owner tells it what happens, and does what `pollOrder` says.
 */
import { bodyOf, type BookEvent, type Fact, type FactBook, type Judgement, writeEnvelope } from "@florenetes/facts";
import {
  APPEND_ENTRIES_MAX,
  APPEND_SIZE_MAX,
  type CheckpointSigner,
  CheckpointWatch,
  type ForkEvidence,
  heldOf,
  isLogged,
  isWholeCopy,
  LogDirectory,
  type LogHead,
  PASSED_REASONS,
  STALE_MS,
} from "@florenetes/facts/log";
import { COMPACT_MS, COMPARE_MS, LOOK_MS, WATCH_MS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { rankOf } from "../record-rank.ts";
import { Agreement } from "./agreement.ts";
import { AppendPace } from "./append-pace.ts";
import { CheckpointRound } from "./checkpoint-round.ts";
import { LogNews } from "./log-news.ts";
import type { LogOrder, LogProblem, StoreState } from "./log-orders.ts";
import { ENTRY_ROOM, factsInForce } from "./log-records.ts";

export type StoreKind = "sqlite" | "etcd";

export interface AgentLogOptions {
  readonly cluster: string;
  /** The node keeps a copy of the log: `sqlite` is a file of its own, `etcd` is shared. Undefined: it keeps none. */
  readonly store: StoreKind | undefined;
  /** Ids of the keys by which this node may sign checkpoints. */
  readonly keyIds: readonly string[];
}

type LogSection = NonNullable<NonNullable<ReturnType<typeof bodyOf<"policy">>>["log"]>;

/** The log of a cluster whose policy names none: it has entries, and no checkpoints. */
const DEFAULT_NAME = "main";

export class AgentLog {
  readonly news: LogNews = new LogNews();
  /** Entries whose records were refused, by the reasons of the judge. */
  readonly refused: Map<string, number> = new Map();
  /** Entries that a compaction has removed. */
  compacted = 0;
  readonly #options: AgentLogOptions;
  readonly #bornAt: number;
  readonly #orders: LogOrder[] = [];
  readonly #agreement = new Agreement();
  #storeKind: StoreKind | undefined;
  #name: string | undefined;
  #policy: Fact | undefined;
  #policyId: string | undefined;
  #watch = new CheckpointWatch();
  #checkpointId: string | undefined;
  #directory = new LogDirectory();
  #round: CheckpointRound;
  /** Records that the log lacks, by their ids; undefined until all that are held were looked at. */
  #missing: Map<string, Fact> | undefined;
  #store: StoreState | undefined;
  #problem: LogProblem | undefined;
  #forks: readonly ForkEvidence[] = [];
  #appends = new AppendPace();
  #isLooking = false;
  #isCompacting = false;
  #nextLook = 0;
  #nextAdvance: number = Number.POSITIVE_INFINITY;
  /** A directory may have many records: they are not compared at each turn. */
  #nextComparison = 0;
  #comparedAt: number = Number.NEGATIVE_INFINITY;
  #nextCompaction: number = Number.POSITIVE_INFINITY;

  constructor(options: AgentLogOptions, at: Moment) {
    this.#options = options;
    this.#storeKind = options.store;
    this.#bornAt = at.wall;
    this.#round = new CheckpointRound(options.cluster, options.keyIds, at.wall);
  }

  // ── As it is ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The log's name; undefined while there is no root, by which a policy could name one. */
  get name(): string | undefined {
    return this.#name;
  }

  get hasStore(): boolean {
    return this.#storeKind !== undefined;
  }

  /** The copy is of the log that signers confirm. A file of a node that is no signer has the same records in an order of its own. */
  get #isConfirmed(): boolean {
    return this.#storeKind === "etcd" || (this.hasStore && this.#round.own(this.signers) !== undefined);
  }

  get store(): StoreState | undefined {
    return this.#store;
  }

  get isRead(): boolean {
    return this.#store?.isWhole === true && this.#problem === undefined;
  }

  get problem(): LogProblem | undefined {
    return this.#problem ?? this.#appends.problem;
  }

  get forks(): readonly ForkEvidence[] {
    return this.#forks;
  }

  get watch(): CheckpointWatch {
    return this.#watch;
  }

  /** How many records that are held the log lacks; undefined: not known yet. */
  get missing(): number | undefined {
    return this.hasStore ? this.#missing?.size : undefined;
  }

  /** The sections in which the last checkpoint has another directory than this node. */
  get differing(): readonly string[] {
    return this.#agreement.differing;
  }

  /** The last checkpoint, where it is one of this node's copy. */
  get confirmed(): LogHead | undefined {
    return this.#isConfirmed ? this.#watch.last : undefined;
  }

  get round(): CheckpointRound {
    return this.#round;
  }

  /** The signers that the policy in force lists. */
  get signers(): LogSection["signers"] {
    return this.#section?.signers ?? [];
  }

  /** Whether signers are listed, and have signed no checkpoint for an hour. */
  isStale(wall: number): boolean {
    const { last } = this.#watch;
    if (this.signers.length === 0) return false;
    if (last !== undefined) return this.#watch.isStale(wall);
    return wall - Math.max(this.#policy!.issued, this.#bornAt) > STALE_MS;
  }

  // ── Told by the agent ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The node keeps a copy from now on, or none. */
  handleStoreKept(store: StoreKind | undefined): void {
    this.#storeKind = store;
    this.#forget();
    if (this.#name !== undefined) this.#orders.push({ kind: "follow", name: this.#name });
  }

  /** Takes what has changed in the book. */
  handleEvent(event: BookEvent): void {
    // Roots that wait are not in force: the log has them once they are.
    if (event.kind === "root-waits" || event.kind === "root-waits-no-more") return;
    if (event.kind === "row-refused" || event.kind === "equivocation") return;
    const { fact } = event;
    if (event.kind === "ended") this.#missing?.delete(fact.id);
    else if (isLogged(fact) && !this.#directory.has(fact.id)) this.#missing?.set(fact.id, fact);
  }

  /** Looks what is due. The book is that of now, and has told all its events. */
  advance(book: FactBook | undefined, at: Moment): void {
    if (book === undefined) return;
    this.#nextAdvance = this.hasStore ? at.now + LOOK_MS : at.now + WATCH_MS;
    this.#followPolicy(book, at.wall);
    this.#followCheckpoint(book, at);
    // Records that a start has put back are verified first, a little in each turn.
    if (book.nextTimeout() === 0) return;
    this.news.handleStale(this.isStale(at.wall));
    if (at.now >= this.#nextComparison) {
      this.#comparedAt = at.now;
      this.#nextComparison = at.now + WATCH_MS;
      this.news.handleDiffering(this.#agreement.look(this.#watch.last, this.#bases(book, at.wall), at.wall));
    }
    if (!this.hasStore || this.#store?.isWhole !== true) return;
    this.#missing ??= this.#findMissing(book, at.wall);
    if (this.#missing.size > 0 && this.#appends.isDue(at.now)) {
      this.#appends.begin();
      this.#orders.push({ kind: "append" });
    }
    this.#advanceSigning(at);
    this.#advanceCompaction(at.now);
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#nextAdvance;
  }

  pollOrder(): LogOrder | undefined {
    return this.#orders.shift();
  }

  // ── Told by the driver ────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes what came of the record of an entry; the reason is to be told where the reader is to count it as refused. */
  handleEntry(
    fact: Fact | undefined,
    judgement: Judgement,
    index: number,
    book: FactBook,
    wall: number,
  ): string | undefined {
    const held = fact === undefined ? undefined : heldOf(book, fact);
    if (fact !== undefined && held !== undefined && isWholeCopy(fact, held, book, wall)) {
      this.#directory.handleEntry(held, index, wall, book);
      if (this.#missing?.delete(fact.id) === true) this.#appends.handleTaken();
      return undefined;
    }
    if (judgement.isAccepted) return undefined;
    const { reason } = judgement;
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    return PASSED_REASONS.has(reason) ? undefined : reason;
  }

  handleStore(state: StoreState | undefined, at: Moment): void {
    this.#store = state;
    if (state?.isWhole === true && this.#nextCompaction === Number.POSITIVE_INFINITY)
      this.#nextCompaction = at.now + COMPACT_MS;
  }

  handleProblem(problem: LogProblem | undefined): void {
    this.#problem = problem;
    this.news.handleProblem(this.problem);
  }

  handleForks(forks: readonly ForkEvidence[]): void {
    this.#forks = forks;
    this.news.handleForks(forks);
  }

  /** Records that the log lacks, those first on which others rest: as many as one append may have. */
  wanted(book: FactBook): readonly Uint8Array[] {
    const inOrder = [...(this.#missing ?? [])].map(([, fact]) => fact).toSorted((a, b) => rankOf(a) - rankOf(b));
    const records: Uint8Array[] = [];
    let size = 0;
    for (const fact of inOrder) {
      if (heldOf(book, fact) === undefined) {
        this.#missing!.delete(fact.id);
        continue;
      }
      const record = writeEnvelope(fact.envelope);
      size += record.length + ENTRY_ROOM;
      if (records.length === APPEND_ENTRIES_MAX || size > APPEND_SIZE_MAX) break;
      records.push(record);
    }
    return records;
  }

  /** An append is over, whatever came of it: what is read says which records are in the log. */
  handleAppended({ now }: Moment): void {
    this.#appends.handleAppended(now);
  }

  /** The grounds on which this node signs a checkpoint. */
  grounds(book: FactBook, wall: number): Parameters<CheckpointSigner["sign"]>[1] {
    const sectionsAt = (index: number, time: number) => this.#directory.at(index, time, book);
    return { policy: this.#policy, last: this.#watch.last, sectionsAt, now: wall };
  }

  /**
   * Takes the posts of signers, undefined where they could not be read. Returns a record that more than half of the signers have signed, which is to be offered to the book.
   */
  handlePosts(
    posts: ReadonlyMap<string, Uint8Array> | undefined,
    book: FactBook,
    { wall }: Moment,
  ): Uint8Array | undefined {
    this.#isLooking = false;
    const log = this.#section;
    if (posts === undefined || log === undefined || this.#policy === undefined) return undefined;
    const { last, signers: former } = this.#watch;
    const found = this.#round.read(posts, { log, policy: this.#policy.epoch, last, former, now: wall });
    if (found !== undefined) return found;
    const { seen, isWhole } = this.#store ?? { seen: undefined, isWhole: false };
    if (!isWhole || this.#forks.length > 0) return undefined;
    const mayPropose = this.#missing?.size === 0;
    const sections = () => this.#directory.at(seen.index, wall, book);
    const order = this.#round.poll({
      log,
      policy: this.#policy.epoch,
      last,
      head: seen,
      sections,
      mayPropose,
      now: wall,
    });
    if (order !== undefined) this.#orders.push(order);
    return undefined;
  }

  /** Takes what came of a proposal that was to be signed: the post of this node, or why there is none. */
  handleSigned(id: string, outcome: string, wall: number): void {
    this.#round.handleSigned(id, outcome, wall);
    this.news.handleSigning(outcome);
    if (outcome === "signed") this.#nextLook = 0;
  }

  handleCompacted(count: number, at: Moment): void {
    this.compacted += count;
    this.#isCompacting = false;
    this.#nextCompaction = at.now + COMPACT_MS;
  }

  // ── Within ────────────────────────────────────────────────────────────────────────────────────────────────────────

  get #section(): LogSection | undefined {
    return this.#policy === undefined ? undefined : bodyOf(this.#policy, "policy")?.log;
  }

  #followPolicy(book: FactBook, wall: number): void {
    const policy = book.inForce("policy", "cluster", "cluster", wall);
    if (policy?.id === this.#policyId && this.#name !== undefined) return;
    this.#policy = policy;
    this.#policyId = policy?.id;
    // A policy that has ended, and has no successor yet, ends no log.
    const name = this.#section?.name ?? this.#name ?? DEFAULT_NAME;
    if (name === this.#name) return;
    this.#name = name;
    this.#watch = new CheckpointWatch();
    this.#checkpointId = undefined;
    this.#forget();
    this.#orders.push({ kind: "follow", name });
  }

  /** Begins anew with the log: what is in it is not known. */
  #forget(): void {
    this.#directory = new LogDirectory();
    this.#round = new CheckpointRound(this.#options.cluster, this.#options.keyIds, this.#bornAt);
    this.#missing = undefined;
    this.#store = undefined;
    this.#forks = [];
    this.#appends = new AppendPace();
    this.#isLooking = false;
    this.#isCompacting = false;
    this.#nextCompaction = Number.POSITIVE_INFINITY;
  }

  #followCheckpoint(book: FactBook, { wall }: Moment): void {
    if (this.#policy === undefined || this.#section === undefined) return;
    const fact = book.inForce("checkpoint", "cluster", this.#name!, wall);
    if (fact === undefined || fact.id === this.#checkpointId) return;
    this.#checkpointId = fact.id;
    const fault = this.#watch.handleCheckpoint(fact, this.#policy);
    const { index, head } = bodyOf(fact, "checkpoint")!;
    this.#nextComparison = this.#comparedAt + COMPARE_MS;
    if (fault === undefined) this.#agreement.begin(bodyOf(fact, "checkpoint")!.sections, wall);
    else this.news.handleUnused(fault, index);
    if (fault !== "handover" && this.#isConfirmed)
      this.#orders.push({ kind: "checkpoint", head: { index, hash: head } });
  }

  /** The directory that a checkpoint is held against: by the log's own entries where it was read so far, else by the records in the book. */
  #bases(book: FactBook, wall: number): Parameters<Agreement["look"]>[1] {
    const read = this.#store?.isWhole === true && this.#isConfirmed ? this.#store.seen.index : undefined;
    return {
      atEntry: (index, time) =>
        read !== undefined && read >= index ? this.#directory.at(index, time, book) : undefined,
      held: () => factsInForce(book, wall),
    };
  }

  #findMissing(book: FactBook, wall: number): Map<string, Fact> {
    const missing = new Map<string, Fact>();
    for (const fact of [...book.roots, ...book.held(wall)]) {
      const isOver = fact.kind !== "root" && wall >= fact.expires;
      if (isLogged(fact) && !isOver && !this.#directory.has(fact.id)) missing.set(fact.id, fact);
    }
    return missing;
  }

  #advanceSigning({ now }: Moment): void {
    if (this.signers.length === 0 || this.#isLooking || now < this.#nextLook) return;
    this.#isLooking = true;
    this.#nextLook = now + LOOK_MS;
    const former = this.#watch.signers ?? [];
    this.#orders.push({ kind: "look", keyIds: this.#round.askedKeys(this.signers, former) });
  }

  /** Only a node that has all the records of a checkpoint knows which entries nobody needs. */
  #advanceCompaction(now: number): void {
    if (this.#isCompacting || now < this.#nextCompaction) return;
    this.#nextCompaction = now + COMPACT_MS;
    const below = this.#watch.compactableBelow;
    if (below <= 1 || !this.#agreement.isSame || !this.#isConfirmed || this.#forks.length > 0) return;
    this.#isCompacting = true;
    this.#orders.push({ kind: "compact", below });
  }
}
