/** Keeps a copy of the log as the agent says: reads it, appends to it, and puts signed proposals on its board. */
import { setTimeout as delay } from "node:timers/promises";
import { type Signer, signPayload, readEnvelope } from "@florenetes/facts";
import {
  type CheckpointKey,
  CheckpointSigner,
  compactLog,
  faultError,
  LogError,
  LogFollower,
  type LogHead,
  LogReader,
  type LogStore,
  SignerMemory,
} from "@florenetes/facts/log";
import { isOperatorError } from "@florenetes/operator-text";
import type { Agent } from "../agent/agent.ts";
import { type LogOrder, problemOf } from "../agent/log/log-orders.ts";
import type { ProgramOrder } from "../agent/programs/program-orders.ts";
import type { Moment } from "../agent/moment.ts";
import type { StoreConfig } from "../config/fabric-config.ts";
import type { SignerRule } from "../config/schema.ts";
import { type LogPlace, openStore, SeenFile } from "./log-store.ts";

export interface LogDriverOptions {
  readonly agent: Agent;
  readonly cluster: string;
  /** The state folder. */
  readonly state: string;
  readonly store: StoreConfig;
  /** The keys by which this node may sign checkpoints. */
  readonly keys: readonly CheckpointKey[];
  readonly at: () => Moment;
  /** The agent has been told something: it is to be asked for what follows. */
  readonly onTold: () => void;
}

/** Pause before a store that could not be opened is tried again. */
const REOPEN_MS = 5_000;
/** The longest pause, in these ones, before entries are read again of which some were in order, and a later one was not. */
const HISTORY_PAUSES_MAX = 64;

/** A log that is open. */
interface OpenLog {
  readonly store: LogStore;
  readonly reader: LogReader;
  readonly follower: LogFollower;
  readonly seen: SeenFile;
  /** The entry that the reader has begun behind, until the entries up to it were read: so it is known which records are in them. */
  begunAt: LogHead | undefined;
  historyFault: LogError | undefined;
  problem: LogError | undefined;
  /** The reason for which the last append was not done: reading may go on meanwhile. */
  appendProblem: LogError | undefined;
  readonly signers: Map<string, CheckpointSigner>;
}

export class LogDriver implements AsyncDisposable {
  readonly #options: LogDriverOptions;
  readonly #closing = new AbortController();
  #name: string | undefined;
  #open: OpenLog | undefined;
  #isToldSoon = false;
  /** Openings and closings follow each other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LogDriverOptions) {
    this.#options = options;
  }

  perform(order: LogOrder): void {
    switch (order.kind) {
      case "follow":
        return this.#follow(order.name);
      case "append":
        return this.#run(
          (log) => this.#append(log),
          () => this.#options.agent.log.handleAppended(this.#options.at()),
        );
      case "checkpoint":
        this.#open?.reader.handleCheckpoint(order.head);
        return undefined;
      case "look":
        return this.#readPosts(order.keyIds, (posts) => this.#options.agent.handlePosts(posts, this.#options.at()));
      case "sign":
        return this.#sign(order);
      case "compact":
        return this.#compact(order.below);
    }
  }

  /** Puts a program's post on the board, or reads those of others, and tells the agent what came of it. */
  performProgram(rule: SignerRule, order: Exclude<ProgramOrder, { readonly kind: "sign" }>): void {
    const { agent, at } = this.#options;
    if (order.kind === "look") {
      return this.#readPosts(order.places, (posts) => {
        if (posts !== undefined) agent.handleProgramPosts(rule, posts, at());
      });
    }
    let isPosted = false;
    this.#run(
      async ({ store }) => {
        await store.post(order.place, order.octets);
        isPosted = true;
      },
      () => {
        if (!isPosted) agent.handleNotPosted(rule);
      },
    );
  }

  /**
   * Octets of entries of the copy, as its store has them: nothing here holds them against the chain.
   *
   * @param from 1 or more
   * @param count 1 to 256; fewer come where they are large
   * @returns undefined where no log is open
   * @throws LogError
   */
  async read(from: number, count: number): Promise<readonly Uint8Array[] | undefined> {
    return (await this.#open?.store.read(from, count))?.entries;
  }

  /** Posts of signers on the board beside the copy, by their key ids. @param keyIds at most 16 @returns undefined where no log is open @throws LogError */
  async posts(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    return this.#open?.store.posts(keyIds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#turn;
    await this.#close();
  }

  // ── Open and close ────────────────────────────────────────────────────────────────────────────────────────────────

  #follow(name: string): void {
    this.#name = name;
    this.#turn = this.#turn.then(() => this.#reopen(name));
  }

  async #reopen(name: string): Promise<void> {
    await this.#close();
    const { signal } = this.#closing;
    while (this.#name === name && !signal.aborted) {
      try {
        this.#open = this.#openLog(name);
        if (this.#open.begunAt !== undefined) void this.#readHistory(this.#open, name);
        return;
      } catch (error) {
        if (!isOperatorError(error)) throw error;
        this.#tellProblem(error);
        await delay(REOPEN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.follower.close();
  }

  #openLog(name: string): OpenLog {
    const { agent, cluster, state, keys, at, store: config } = this.#options;
    const place: LogPlace = { cluster, name, state };
    const memory = new SignerMemory({ folder: state, cluster, log: name });
    const store = openStore(config, place);
    const seenFile = new SeenFile(place, store.id);
    const last = seenFile.read();
    // A signer reads on behind what it has signed: whatever it reads is an extension of that.
    const begunAt = memory.seen ?? last;
    const judge = (record: Uint8Array, index: number): string | undefined => {
      const reason = agent.handleEntry(record, index, at());
      this.#tellSoon();
      return reason;
    };
    const reader = new LogReader({ cluster, name, judge, ...(begunAt !== undefined && { seen: begunAt }) });
    if (last !== undefined && last.index > (begunAt?.index ?? 0)) reader.handleCheckpoint(last);
    const { confirmed } = agent.log;
    if (confirmed !== undefined) reader.handleCheckpoint(confirmed);
    const signers = new Map(
      keys.map((signer) => [signer.keyId, new CheckpointSigner({ cluster, log: name, memory, reader, signer })]),
    );
    const open: OpenLog = {
      store,
      reader,
      seen: seenFile,
      begunAt,
      historyFault: undefined,
      problem: undefined,
      appendProblem: undefined,
      signers,
      follower: new LogFollower({
        store,
        reader,
        onEvent: (event) => {
          if (event.is === "fork") agent.log.handleForks(reader.forks);
          this.#tellSoon();
        },
        onSeen: (seen) => {
          seenFile.keep(seen);
          this.#tellSoon();
        },
        onProblem: (problem) => {
          open.problem = problem;
          this.#tellSoon();
        },
        onLooked: () => this.#tellState(open),
      }),
    };
    return open;
  }

  /** Reads the entries up to the one that the reader has begun behind: a chain that ends there, or all is as if they were not there. */
  async #readHistory(open: OpenLog, name: string): Promise<void> {
    const { agent, cluster, at } = this.#options;
    const { signal } = this.#closing;
    const end = open.begunAt!;
    let pauses = 1;
    while (open.begunAt !== undefined && this.#isOpen(open)) {
      const reader = new LogReader({
        cluster,
        name,
        judge: (record, index) => agent.handleEntry(record, index, at()),
      });
      reader.handleCheckpoint(end);
      reader.handleHead({ head: end, isCurrent: true }, performance.now());
      try {
        for (let read = reader.pollRead(); read !== undefined && this.#isOpen(open); read = reader.pollRead()) {
          const answer = await open.store.read(read.from, read.count);
          const began = performance.now();
          reader.handleEntries(answer);
          await delay(2 * (performance.now() - began), undefined, { signal }).catch(() => undefined);
        }
        open.historyFault = reader.fault === undefined ? undefined : faultError(reader.fault);
        if (reader.fault === undefined && reader.seen.hash === end.hash) open.begunAt = undefined;
      } catch (error) {
        // The follower tells what is in the way of the store.
        if (!(error instanceof LogError)) throw error;
      }
      this.#tellState(open);
      if (open.begunAt !== undefined) await delay(pauses * REOPEN_MS, undefined, { signal }).catch(() => undefined);
      // All that was read is judged again.
      pauses = reader.seen.index === 0 ? 1 : Math.min(2 * pauses, HISTORY_PAUSES_MAX);
    }
  }

  #isOpen(open: OpenLog): boolean {
    return this.#open === open && !this.#closing.signal.aborted;
  }

  // ── Orders ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #append(open: OpenLog): Promise<void> {
    const { agent } = this.#options;
    try {
      await open.follower.append(() => (agent.book === undefined ? [] : agent.log.wanted(agent.book)));
      open.appendProblem = undefined;
    } catch (error) {
      if (error instanceof LogError) open.appendProblem = error;
      throw error;
    }
  }

  /** @param done Gets the posts by their places; undefined: they could not be read */
  #readPosts(places: readonly string[], done: (posts: ReadonlyMap<string, Uint8Array> | undefined) => void): void {
    let posts: ReadonlyMap<string, Uint8Array> | undefined;
    this.#run(
      async ({ store }) => {
        posts = await store.posts(places);
      },
      () => done(posts),
    );
  }

  #sign({ keyId, id, proposal }: Extract<LogOrder, { readonly kind: "sign" }>): void {
    const { agent, at } = this.#options;
    let outcome = "failed";
    this.#run(
      async (log) => {
        const signer = log.signers.get(keyId);
        if (signer === undefined || agent.book === undefined) return;
        const signed = await signer.sign(proposal, agent.log.grounds(agent.book, at().wall));
        // A command that signs may take long: the node may keep another log by now.
        if (!this.#isOpen(log)) return;
        if (typeof signed === "string") {
          outcome = signed;
          return;
        }
        await log.store.post(keyId, signed);
        outcome = "signed";
      },
      () => agent.log.handleSigned(id, outcome, at().wall),
    );
  }

  #compact(below: number): void {
    const { agent, cluster, at } = this.#options;
    let count = 0;
    this.#run(
      async ({ store }) => {
        // The book holds what is in force, and the floors of slots.
        const isInForce = (id: string): boolean => agent.book?.has(id) ?? true;
        count = await compactLog(store, { cluster, below, now: at().wall, isInForce });
      },
      () => agent.log.handleCompacted(count, at()),
    );
  }

  /** Does something with the open log, and tells the agent that it is over, whatever came of it. Operators' errors are what the store or a signer's key rejects with. */
  #run(act: (log: OpenLog) => Promise<void>, done: () => void): void {
    const open = this.#open;
    const acted = open === undefined ? Promise.resolve() : act(open);
    void acted
      .catch((error: unknown) => {
        // A log that was closed meanwhile is asked in vain.
        if (open !== undefined && !this.#isOpen(open)) return;
        if (!isOperatorError(error)) throw error;
        if (!(error instanceof LogError)) this.#options.agent.log.news.handleSigning(error.code);
      })
      .then(() => {
        if (this.#closing.signal.aborted) return;
        done();
        this.#options.onTold();
      });
  }

  // ── What the agent is told ────────────────────────────────────────────────────────────────────────────────────────

  #tellState(open: OpenLog): void {
    if (!this.#isOpen(open)) return;
    const { agent, at } = this.#options;
    const { reader, begunAt, historyFault } = open;
    // Others have appended what this node could not: it does not try again.
    if (agent.log.missing === 0) open.appendProblem = undefined;
    const problem = open.problem ?? open.appendProblem ?? historyFault;
    const isWhole =
      open.problem === undefined && historyFault === undefined && begunAt === undefined && reader.fault === undefined;
    agent.log.handleProblem(problem === undefined ? undefined : problemOf(problem));
    agent.log.handleForks(reader.forks);
    agent.log.handleStore({ seen: reader.seen, isWhole }, at());
    this.#tellSoon();
  }

  #tellProblem(error: Error & { readonly code: string; readonly advice?: string }): void {
    this.#options.agent.log.handleProblem(problemOf(error));
    this.#tellSoon();
  }

  /** Many records are told of at once. */
  #tellSoon(): void {
    if (this.#isToldSoon) return;
    this.#isToldSoon = true;
    setImmediate(() => {
      this.#isToldSoon = false;
      if (!this.#closing.signal.aborted) this.#options.onTold();
    });
  }
}

/** The key of a signer in memory, such as the node's. */
export function checkpointKeyOf(signer: Signer): CheckpointKey {
  return {
    keyId: signer.keyId,
    sign: (record) => {
      const envelope = readEnvelope(record);
      if (typeof envelope === "string") throw new TypeError("a proposal is a record");
      return signPayload(envelope.payload, [signer]);
    },
  };
}
