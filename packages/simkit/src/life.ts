import type { Scheduler } from "./scheduler.ts";

/** How long a turn of the event loop takes, in milliseconds. */
const TURN_MS = 0.05;
/** Node's timers do not fire sooner. */
const TIMER_MS_MIN = 1;

/** A process in virtual time, from its start to its end: what it has planned dies with it. */
export class Life {
  readonly #scheduler: Scheduler;
  #isOver = false;
  #standsStillUntil = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** The process is killed. */
  end(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Stops the process for a while: what is due or comes in meanwhile happens when it goes on. */
  standStill(durationMs: number): void {
    this.#standsStillUntil = Math.max(this.#standsStillUntil, this.#scheduler.now + durationMs);
  }

  get isStandingStill(): boolean {
    return this.#scheduler.now < this.#standsStillUntil;
  }

  /** Something comes in from outside. */
  take(action: () => void): void {
    if (this.#isOver) return;
    if (this.isStandingStill) this.at(this.#standsStillUntil, action);
    else action();
  }

  /** In the next turn of the event loop. Returns a function that cancels it. */
  soon(action: () => void): () => void {
    return this.at(this.#scheduler.now + TURN_MS, action);
  }

  /** Returns a function that cancels it. */
  at(time: number, action: () => void): () => void {
    return this.#scheduler.at(time, () => this.take(action));
  }

  /** A timer like `EarliestTimer` of the timing package: of several times the earliest counts. */
  timer(call: () => void): { set(at: number): void; close(): void } {
    let earliest = Infinity;
    let cancel = (): void => {};
    const set = (at: number): void => {
      if (at >= earliest) return;
      cancel();
      earliest = at;
      cancel = this.at(Math.max(at, this.#scheduler.now + TIMER_MS_MIN), () => {
        earliest = Infinity;
        call();
      });
    };
    const close = (): void => {
      cancel();
      earliest = -Infinity;
    };
    return { set, close };
  }
}
