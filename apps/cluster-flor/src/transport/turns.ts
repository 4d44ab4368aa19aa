import { Deadlines, type Timed, type WakeUps, type WakeUpTimer } from "@florenetes/scheduling";
import { Fifo } from "./fifo.ts";

/** A connection, or another thing that is processed in turns. */
export interface TurnTaker {
  /** Used by `Turns` alone. */
  isDirty: boolean;
  process(now: number): void;
}

/** A part that is called at its deadline. */
export interface Sleeper extends Timed {
  handleTimeout(now: number): void;
}

export interface TurnsOptions {
  readonly wakeUps: WakeUps;
  readonly now: () => number;
  readonly perTurn: number;
  /** Called before anything happens in a turn. */
  readonly onBegin: () => void;
  /** Called when a turn has processed all that it may. */
  readonly onFlushed: () => void;
}

/**
 * Decides which connections are processed when. Events only mark a connection; `run` processes the marked ones, a
 * bounded number in a turn of the event loop, so that new packets and workloads do not wait.
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
      this.#options.onBegin();
      this.#handleTimeouts();
      this.run();
    });
  }

  /** Whether any takers are marked. */
  get hasWork(): boolean {
    return this.#dirty.size > 0;
  }

  /** Marks a taker after an event: it is processed at the next `run`, or at the end of this turn at the latest. */
  mark(taker: Taker): void {
    if (taker.isDirty) return;
    taker.isDirty = true;
    this.#dirty.push(taker);
    if (!this.#isFlushing) this.#planFlush();
  }

  /** Marks a taker again when the link accepts packets: the taker has some that the link does not accept now. */
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

  /** Forgets a taker that is gone. */
  forget(taker: Taker & Sleeper): void {
    this.#deadlines.set(taker, Number.POSITIVE_INFINITY);
    for (const waiting of this.#unwritable.values()) waiting.delete(taker);
  }

  setDeadline(sleeper: Sleeper, deadline: number): void {
    this.#deadlines.set(sleeper, deadline);
    if (!this.#isFlushing) this.#timer.set(this.#deadlines.next);
  }

  /** Processes the marked takers. When called from within itself (a packet for this vertex), it leaves that to the outer call. */
  run(): void {
    if (this.#isFlushing || this.#isStopped) return;
    this.#isFlushing = true;
    this.#options.onBegin();
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
