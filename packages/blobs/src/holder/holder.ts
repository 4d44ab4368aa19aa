import { isHash } from "../hash.ts";
import { HolderError } from "../holder-error.ts";
import type { Answer, HolderState, Question, TalkName } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import { Challenges } from "./challenges.ts";
import type { CollectionKeeper, KeeperCounters, KeeperOptions, KeeperStatus } from "./collection-keeper.ts";
import { Collecting } from "./collecting.ts";
import type { HolderCore } from "./core.ts";
import { DiskFaults } from "./disk-faults.ts";
import { EntryShelf } from "./entry-shelf.ts";
import { HeldTerms } from "./held-terms.ts";
import { Notices } from "./notices.ts";
import { Peers } from "./peers.ts";
import { refusal } from "./refuse.ts";
import { Repair } from "./repair.ts";
import { isAboutNames, isReading, mayAsk, type Standing, standingOf } from "./rights.ts";
import { ShardShelf } from "./shard-shelf.ts";
import { Sync } from "./sync.ts";
import { Verification } from "./verification.ts";
import { WantedShards } from "./wanted-shards.ts";
import { Youth } from "./youth.ts";

/** A holder of one collection: its answers, and what it does by itself. */
export class Holder implements CollectionKeeper {
  readonly #core: HolderCore;
  readonly #entries: EntryShelf;
  readonly #sync: Sync;
  readonly #repair: Repair;
  readonly #challenges: Challenges;
  readonly #verification: Verification;
  readonly #collecting: Collecting;
  readonly #refusals: Record<string, number> = {};

  /** @throws what the book throws where it cannot be read */
  constructor(options: KeeperOptions) {
    const held = new HeldTerms(options.names, options.node, options.now);
    const youth = new Youth(options.names);
    const counters = noCounters();
    const wanted = new WantedShards();
    const notices = new Notices(options.elapsed, options.onNotice);
    const faults = new DiskFaults(options.node, counters, notices);
    const peers = new Peers(options, held);
    const shelf = new ShardShelf(options, { counters, wanted, notices });
    this.#core = { ...options, held, youth, peers, shelf, wanted, counters, notices, faults };
    this.#entries = new EntryShelf(options, counters);
    this.#sync = new Sync(this.#core);
    this.#repair = new Repair(this.#core);
    this.#challenges = new Challenges(this.#core);
    this.#verification = new Verification(this.#core);
    this.#collecting = new Collecting(this.#core);
  }

  admit(head: Pick<Question, "op" | "recoveryEpoch">, asker: string): void {
    try {
      this.#admit(head, asker);
    } catch (error) {
      throw this.#refused(error);
    }
  }

  async answer<Name extends TalkName>(question: Question<Name>, asker: string): Promise<Answer<Name>> {
    try {
      // A compiler does not see through a switch which question has which answer.
      return await this.#answer(question as Question, asker);
    } catch (error) {
      throw this.#refused(error);
    }
  }

  takeTerms(terms: CollectionTerms | undefined): void {
    try {
      this.#core.held.take(terms);
    } catch (error) {
      this.#core.faults.note(error);
    }
  }

  get terms(): CollectionTerms | undefined {
    return this.#core.held.terms;
  }

  get counted(): number {
    return Math.max(this.#core.disk.octets, this.#core.names.sums().octets);
  }

  async sync(signal: AbortSignal): Promise<boolean> {
    return this.#turn(() => this.#sync.run(signal), false);
  }

  async repair(signal: AbortSignal): Promise<boolean> {
    return this.#turn(() => this.#repair.run(signal), false);
  }

  async challenge(signal: AbortSignal): Promise<void> {
    await this.#turn(() => this.#challenges.run(signal), undefined);
  }

  async verify(signal: AbortSignal): Promise<void> {
    await this.#turn(() => this.#verification.run(signal), undefined);
  }

  async collect(signal: AbortSignal): Promise<boolean> {
    return this.#turn(() => this.#collecting.run(signal), false);
  }

  status(): KeeperStatus {
    const { names, disk, held, youth, peers, counters } = this.#core;
    return {
      ...names.sums(),
      held: disk.octets,
      terms: held.terms,
      state: held.state,
      holders: peers.status(),
      ...this.#repair.findings,
      isYoung: youth.isYoung,
      refused: { ...this.#refusals },
      counters: { ...counters },
    };
  }

  async #answer(question: Question, asker: string): Promise<Answer> {
    const { terms, standing } = this.#admit(question, asker);
    const { shelf, names } = this.#core;
    switch (question.op) {
      case "put-shard": {
        return this.#putShard(question, standing, terms);
      }
      case "get-shard": {
        return { octets: await this.#getShard(question.hash) };
      }
      case "have-shards": {
        return { has: await shelf.have(question.hashes) };
      }
      case "challenge": {
        return { digests: await shelf.prove(question.nonce, question.hashes) };
      }
      case "put-entry": {
        return { entry: this.#entries.put(question.entry, asker, terms) };
      }
      case "get-entry": {
        return { entry: this.#entries.get(question.name) };
      }
      case "list-entries": {
        return this.#entries.list(question.prefix, question.after);
      }
      case "list-changes": {
        return this.#entries.changes(question.book, question.since);
      }
      // The last one is "get-state": there are no others.
      default: {
        return this.#state(names.book);
      }
    }
  }

  /** Counts why something is refused. */
  #refused(error: unknown): HolderError {
    const refused = error instanceof HolderError ? error : this.#core.faults.note(error);
    this.#refusals[refused.code] = (this.#refusals[refused.code] ?? 0) + 1;
    return refused;
  }

  /** Whether the asker may ask this now. */
  #admit(
    { op, recoveryEpoch }: Pick<Question, "op" | "recoveryEpoch">,
    asker: string,
  ): { readonly terms: CollectionTerms; readonly standing: Standing } {
    const { held, youth, collection, node, onOtherEpoch } = this.#core;
    const { terms, state } = held;
    const of = `${collection.scope}/${collection.name}`;
    if (terms === undefined) throw refusal("ERR_STORAGE_COLLECTION", `${node} knows no record of ${of}.`);
    const standing = standingOf(asker, terms);
    if (!mayAsk(op, standing)) {
      throw refusal("ERR_STORAGE_RIGHT", `${asker} may not ask that of ${of}: ${op}.`);
    }
    if (recoveryEpoch !== terms.recoveryEpoch) {
      onOtherEpoch();
      const epochs = `${terms.recoveryEpoch} at ${node}, and ${recoveryEpoch} at ${asker}`;
      throw refusal("ERR_STORAGE_EPOCH", `The recovery epoch of ${of} is ${epochs}.`);
    }
    const isReadByHolder = standing.isHolder && isReading(op);
    if (state === "left" && !isReadByHolder) throw refusal("ERR_STORAGE_COLLECTION", `${node} holds ${of} no more.`);
    if (youth.isYoung && (!standing.isHolder || standing.isWriter) && isAboutNames(op)) {
      throw refusal(
        "ERR_STORAGE_BUSY",
        `The names of ${of} began anew at ${node}, and it has not heard enough others yet.`,
      );
    }
    const isWriting = op === "put-entry" || (op === "put-shard" && !standing.isHolder);
    if (state === "read-only" && isWriting) throw this.#ended(of);
    return { terms, standing };
  }

  #ended(of: string): HolderError {
    const why = `The agent of ${this.#core.node} tells no record of ${of} any more: it is read, and not written.`;
    return refusal("ERR_STORAGE_ENDED", why);
  }

  async #putShard(
    { hash, octets, collection }: Question<"put-shard">,
    { isHolder, isWriter }: Standing,
    terms: CollectionTerms,
  ): Promise<Answer<"put-shard">> {
    const { shelf, names, held } = this.#core;
    const of = `${collection.scope}/${collection.name}`;
    if (isHolder && names.isNamed(hash)) return shelf.put(hash, octets, undefined);
    if (!isWriter) throw refusal("ERR_STORAGE_RIGHT", `No object of ${of} names shard ${hash} here.`);
    if (held.state === "read-only") throw this.#ended(of);
    return shelf.put(hash, octets, terms);
  }

  async #getShard(hash: string): Promise<Uint8Array> {
    if (!isHash(hash)) throw refusal("ERR_STORAGE_FORM", "A shard is named by SHA-256 in lower-case hex.");
    const octets = await this.#core.shelf.get(hash);
    if (octets === undefined) throw refusal("ERR_STORAGE_MISSING", `Shard ${hash} is not at ${this.#core.node}.`);
    this.#core.counters.shardsGiven++;
    return octets;
  }

  #state(book: string): HolderState {
    const { names, disk, node, held } = this.#core;
    const { objects, octets } = names.sums();
    return { node, book, last: names.last, objects, octets, held: disk.octets, isShut: held.state !== "open" };
  }

  /** A turn ends whatever the disk does. */
  async #turn<Result>(run: () => Promise<Result>, otherwise: Result): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof HolderError)) this.#core.faults.note(error);
      return otherwise;
    }
  }
}

function noCounters(): KeeperCounters {
  return {
    shardsTaken: 0,
    shardsGiven: 0,
    shardsPushed: 0,
    shardsPulled: 0,
    shardsDamaged: 0,
    shardsRemoved: 0,
    entriesTaken: 0,
    entriesAdopted: 0,
    entriesHeldBack: 0,
    malformed: 0,
    challengesPassed: 0,
    challengesFailed: 0,
    diskFaults: 0,
  };
}
