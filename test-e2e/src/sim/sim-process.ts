import { Life, type Scheduler } from "@florenetes/simkit";
import type { WireEnd } from "./florio-ledger.ts";
import type { FlorioWire } from "./florio-wire.ts";

/** A process of a node, which can be killed and started again by itself. */
export class SimProcess<Vertex> {
  readonly #scheduler: Scheduler;
  readonly #wires: readonly FlorioWire[];
  readonly #end: WireEnd;
  readonly #start: (life: Life) => Vertex;
  readonly #startMs: number;
  #mayStartAt = 0;
  #life: Life | undefined;
  #vertex: Vertex | undefined;

  /**
   * @param wires the portals' wires of which the process has an end
   * @param startMs how long the process takes to start, at the least
   */
  constructor(
    scheduler: Scheduler,
    wires: readonly FlorioWire[],
    end: WireEnd,
    start: (life: Life) => Vertex,
    startMs = 0,
  ) {
    this.#scheduler = scheduler;
    this.#wires = wires;
    this.#end = end;
    this.#start = start;
    this.#startMs = startMs;
    this.start();
  }

  /** The vertex that runs now; undefined while the process does not run. */
  get vertex(): Vertex | undefined {
    return this.#vertex;
  }

  start(): void {
    if (this.#vertex !== undefined) return;
    const { now } = this.#scheduler;
    if (now < this.#mayStartAt) return void this.#scheduler.after(this.#mayStartAt - now, () => this.start());
    this.#life = new Life(this.#scheduler);
    this.#vertex = this.#start(this.#life);
  }

  /** Kills the process, which tells nobody. */
  kill(): void {
    this.#mayStartAt = this.#scheduler.now + this.#startMs;
    this.#life?.end();
    this.#vertex = undefined;
    for (const wire of this.#wires) wire.release(this.#end);
  }

  standStill(durationMs: number): void {
    this.#life?.standStill(durationMs);
  }
}
