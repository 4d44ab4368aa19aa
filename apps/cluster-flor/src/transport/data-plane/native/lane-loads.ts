import { latenessLoad, type PressureLoads } from "@florenetes/process-kit";
import type { TransportLane } from "./transport-lane.ts";

/** How long an idle thread, without streams and events, is not asked. */
const IDLE_LOOK_MS = 8_000;

/** Asks the data thread for its loads. Each question wakes the thread: so an idle one is asked once in 8 s. No I/O of its own. */
export class LaneLoads {
  readonly #lane: TransportLane;
  readonly #memoryMax: number;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isIdle = false;
  #loads: PressureLoads = {};

  constructor(lane: TransportLane, memoryMax: number) {
    this.#lane = lane;
    this.#memoryMax = memoryMax;
  }

  handleEvent(): void {
    this.#isIdle = false;
  }

  look(now: number): PressureLoads {
    if (this.#isIdle && now - this.#askedAt < IDLE_LOOK_MS) return this.#loads;
    const { memoryHeld, workloads, filesTaken } = this.#lane.figures();
    this.#askedAt = now;
    this.#isIdle = workloads === 0;
    return (this.#loads = {
      memory: memoryHeld / this.#memoryMax,
      files: filesTaken,
      thread: latenessLoad(this.#lane.waitedMs),
    });
  }
}
