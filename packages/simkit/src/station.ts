import type { Scheduler } from "./scheduler.ts";

/** The part of a core that needs the clock. */
export interface SimCore {
  handleTimeout(now: number): void;
  /** When `handleTimeout` wants to be called; `Infinity` or undefined: never. */
  nextTimeout(): number | undefined;
}

/**
 * Drives a core in a simulation, as its driver does in life: after every `handle*` it drains what the core has to say, then
 * arms one timer.
 *
 *     const station = new Station(scheduler, core, (now) => { ...pollTransmit into a channel, pollEvent into a list... });
 *     station.run((now) => core.handleDatagram(bytes, now));
 */
export class Station {
  readonly #scheduler: Scheduler;
  readonly #core: SimCore;
  readonly #drain: (now: number) => void;
  #cancelTimer: () => void = () => {};
  #isStopped = false;

  constructor(scheduler: Scheduler, core: SimCore, drain: (now: number) => void) {
    this.#scheduler = scheduler;
    this.#core = core;
    this.#drain = drain;
  }

  /** Lets something happen to the core now, and acts on what comes of it. Without an action: only drains and arms. */
  run(action?: (now: number) => void): void {
    if (this.#isStopped) return;
    const now = this.#scheduler.now;
    action?.(now);
    this.#drain(now);
    this.#arm();
  }

  /** The process died: nothing reaches the core any more, and its timer does not fire. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  #arm(): void {
    this.#cancelTimer();
    const time = this.#core.nextTimeout();
    if (time === undefined || time === Infinity) return;
    this.#cancelTimer = this.#scheduler.at(time, () => this.run((now) => this.#core.handleTimeout(now)));
  }
}
