/** Reads a store each second, more rarely while it has a fault, and appends to what it has read: so nothing is ever appended behind an entry whose place was not proven. */
import { setTimeout as delay } from "node:timers/promises";
import { entriesAfter, type LogHead } from "../entry.ts";
import { faultError, LogError } from "../errors.ts";
import { READS_A_LOOK } from "../limits.ts";
import type { LogEvent, LogReader } from "../log-reader.ts";
import type { LogStore } from "../store.ts";

export interface LogFollowerOptions {
  /** The store, which the follower closes. */
  readonly store: LogStore;
  readonly reader: LogReader;
  readonly onEvent: (event: LogEvent) => void;
  /** More was read: `seen` is to be kept. */
  readonly onSeen: (seen: LogHead) => void;
  /** Something is in the way, or (undefined) nothing is any more. Told when the code changes. */
  readonly onProblem: (problem: LogError | undefined) => void;
  /** A look or an append is over, whatever came of it. */
  readonly onLooked?: () => void;
  /** Milliseconds between two looks. Default: a second. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 1_000;
/** The longest pause, in usual ones, while the store has a fault: what a bad store makes a reader read again is bounded so. */
const FAULT_PAUSES_MAX = 64;
/** The pause between two reads of a look, in times of what judging its records took. */
const READ_PAUSES = 2;
/** How often an append follows a head that others have moved. */
const APPEND_TRIES = 16;
/** Writers that others were faster than wait for up to so long times their tries, so that they do not meet again. */
const STAGGER_MS = 20;

export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #closing = new AbortController();
  readonly #looking: Promise<void>;
  /** Looks and appends wait for each other: the reader is at one place of the log. */
  #turn: Promise<unknown> = Promise.resolve();
  #problem: LogError | undefined;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
    this.#looking = this.#lookOn();
  }

  /**
   * Appends records behind all that there is. Rejects with a `LogError`: of the store, of a fault in it, or because others append all the time. The records may be
   * there all the same: what is read next says so.
   *
   * @param wanted the records; asked for again whenever somebody else was first, who may have appended some of them
   */
  async append(wanted: () => readonly Uint8Array[]): Promise<void> {
    for (let tries = 0; tries < APPEND_TRIES; tries++) {
      if (await this.#inTurn(() => this.#tryToAppend(wanted()))) return;
      await delay(Math.random() * STAGGER_MS * (tries + 1));
    }
    throw new LogError("ERR_LOG_STORE_BUSY", `others have appended ${APPEND_TRIES} times before this node`);
  }

  /** Ends with the present read or append. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
    await this.#turn;
    this.#options.store.close();
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#closing;
    const { reader, pauseMs = PAUSE_MS } = this.#options;
    let pauses = 1;
    while (!signal.aborted) {
      // The next look finds out whether a problem that was told is still there.
      await this.#inTurn(() => this.#look()).catch(throwUnlessTold);
      pauses = reader.fault === undefined ? 1 : Math.min(2 * pauses, FAULT_PAUSES_MAX);
      await delay(pauses * pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined).then(() => this.#options.onLooked?.());
    return result;
  }

  async #tryToAppend(records: readonly Uint8Array[]): Promise<boolean> {
    const { store, reader } = this.#options;
    if (records.length === 0) return true;
    if (reader.fault !== undefined) throw faultError(reader.fault);
    const head = reader.seen;
    const outcome = await this.#telling(() => store.append(head, entriesAfter(head, records)));
    await this.#look();
    return outcome === "done";
  }

  /** Reads all that is new. Rejects with a fault of the store, or with what is in the way. */
  async #look(): Promise<void> {
    const { reader, onSeen } = this.#options;
    const before = reader.seen;
    const isCurrent = await this.#telling(() => this.#read());
    if (reader.seen.hash !== before.hash) onSeen(reader.seen);
    const fault = reader.fault === undefined ? undefined : faultError(reader.fault);
    const old = isCurrent ? undefined : new LogError("ERR_LOG_NO_MAJORITY", "the members that answer may be behind");
    this.#tell(fault ?? old);
    if (fault !== undefined) throw fault;
  }

  /** Whether the store could ask all that it needs. */
  async #read(): Promise<boolean> {
    const { store, reader } = this.#options;
    const { signal } = this.#closing;
    const { head, isCurrent } = await store.head();
    reader.handleHead({ head, isCurrent }, performance.now());
    let areCurrent = isCurrent;
    let pauseMs = 0;
    for (let reads = 0; reads < READS_A_LOOK; reads++) {
      const wanted = reader.pollRead();
      if (wanted === undefined) break;
      // Whoever fills a store with records takes a part of our time, and not all of it.
      if (reads > 0) await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const answer = await store.read(wanted.from, wanted.count);
      const began = performance.now();
      reader.handleEntries(answer);
      pauseMs = READ_PAUSES * (performance.now() - began);
      areCurrent &&= answer.isCurrent;
      this.#tellEvents();
    }
    this.#tellEvents();
    return areCurrent;
  }

  #tellEvents(): void {
    const { reader, onEvent } = this.#options;
    for (let event = reader.pollEvent(); event !== undefined; event = reader.pollEvent()) onEvent(event);
  }

  /** Tells what the store rejects with. */
  async #telling<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof LogError) this.#tell(error);
      throw error;
    }
  }

  #tell(problem: LogError | undefined): void {
    if (problem?.code === this.#problem?.code) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }
}

/** Anything but a problem of the log is a mistake of the program, and no reason to go on. */
function throwUnlessTold(error: unknown): void {
  if (!(error instanceof LogError)) throw error;
}
