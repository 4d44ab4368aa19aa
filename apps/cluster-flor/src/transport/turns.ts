import { Deadlines, type Timed, type WakeUps, type WakeUpTimer } from "@florenetes/scheduling";
import { Fifo } from "./fifo.ts";

/** A connection, or another thing that is processed in turns. */
export interface TurnTaker {
  /** Belongs to `Turns`. */
  isDirty: boolean;
  process(now: number): void;
}

/** A thing that wants a call at its deadline. */
export interface Sleeper extends Timed {
  handleTimeout(now: number): void;
}

export interface TurnsOptions {
  readonly wakeUps: WakeUps;
  readonly now: () => number;
  readonly perTurn: number;
  /** Called when a turn has processed what it can. */
  readonly onFlushed: () => void;
}

/**
 * Decides who is processed when. Whatever happens to a connection only marks it; `run` processes the marked ones, at most
 * so many in a turn of the event loop, so that packets and workloads that come in meanwhile are not kept waiting.
 */
export class Turns<Taker extends TurnTaker> {
  readonly #options: TurnsOptions;
  readonly #dirty = new Fifo<Taker>();
  readonly #deadlines = new Deadlines<Sleeper>();
  readonly #unwritable = new Map<number, Set<Taker>>();
  #isFlushing = false;
  #isFlushPlanned = false;
  #isStopped = false;
  readonly #runAsPlanned = (): void => {
    this.#isFlushPlanned = false;
    this.run();
  };
  readonly #timer: WakeUpTimer;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#timer = options.wakeUps.timer(() => {
      this.#handleTimeouts();
      this.run();
    });
  }

  /** Whether any are marked. */
  get hasWork(): boolean {
    return this.#dirty.size > 0;
  }

  /** Something happened to it: it is processed at the next `run`, or at the end of this turn at the latest. */
  mark(taker: Taker): void {
    if (taker.isDirty) return;
    taker.isDirty = true;
    this.#dirty.push(taker);
    if (!this.#isFlushing) this.#planFlush();
  }

  /** Marks a taker again when the link takes packets: it has some that the link does not take now. */
  wait(taker: Taker, link: number): void {
    let waiting = this.#unwritable.get(link);
    if (waiting === undefined) this.#unwritable.set(link, (waiting = new Set()));
    waiting.add(taker);
  }

  handleLinkWritable(link: number): void {
    const waiting = this.#unwritable.get(link);
    if (waiting === undefined) return;
    this.#unwritable.delete(link);
    for (const taker of waiting) this.mark(taker);
  }

  /** Keeps nothing of a taker that is gone. */
  forget(taker: Taker & Sleeper): void {
    this.#deadlines.set(taker, Number.POSITIVE_INFINITY);
    for (const waiting of this.#unwritable.values()) waiting.delete(taker);
  }

  setDeadline(sleeper: Sleeper, deadline: number): void {
    this.#deadlines.set(sleeper, deadline);
    if (!this.#isFlushing) this.#timer.set(this.#deadlines.next);
  }

  /** Processes what was marked. Called from within itself (a packet for this vertex itself) it leaves that to the outer one. */
  run(): void {
    if (this.#isFlushing || this.#isStopped) return;
    this.#isFlushing = true;
    const now = this.#options.now();
    for (let left = this.#options.perTurn; left > 0; left--) {
      const taker = this.#dirty.shift();
      if (taker === undefined) break;
      taker.isDirty = false;
      taker.process(now);
    }
    this.#isFlushing = false;
    this.#options.onFlushed();
    if (this.#dirty.size > 0) this.#planFlush();
    this.#timer.set(this.#deadlines.next);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer.close();
  }

  #handleTimeouts(): void {
    const now = this.#options.now();
    for (let sleeper = this.#deadlines.popDue(now); sleeper !== undefined; sleeper = this.#deadlines.popDue(now)) {
      sleeper.handleTimeout(now);
    }
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#isStopped) return;
    this.#isFlushPlanned = true;
    this.#options.wakeUps.soon(this.#runAsPlanned);
  }
}
