import { nextRound, type ProcessTime, type WakeUpTimer } from "@florenetes/scheduling";
import type { Logger } from "../logs/logger.ts";
import { createRateLimitedLog, type RateLimitedLog } from "../logs/rate-limited-log.ts";
import { latenessLoad, Pressure, type PressureLoads, type PressureTransition } from "./pressure.ts";
import { type PressureStatus, pressureStatus } from "./pressure-status.ts";

/** The interval of the looks at the pressure. */
const LOOK_MS = 1_000;
/** The interval while the device is to sleep … */
const QUIET_LOOK_MS = 5_000;
/** … and no load is above this: under load it is looked as often as ever. */
const QUIET_LOAD_MAX = 0.1;

export interface PressureWatchOptions {
  readonly time: ProcessTime;
  readonly log: Logger;
  /** Measures how near the process is to its limits; called once a second, together with the other periodic work. */
  readonly loads: (now: number) => PressureLoads;
  /** Whether all links of the process are quiet, so that the device is to sleep: then it is woken up for this each 5 s, as long as no load is high. */
  readonly isQuiet: () => boolean;
  /** Called when the level has changed. */
  readonly onTransition?: (pressure: Pressure) => void;
}

/** Measures the load of the process once a second, more rarely while it is quiet, and logs changes of level. */
export class PressureWatch {
  readonly pressure: Pressure;
  readonly #options: PressureWatchOptions;
  readonly #log: RateLimitedLog;
  readonly #timer: WakeUpTimer;
  #dueAt: number;

  constructor(options: PressureWatchOptions) {
    const { time, log } = options;
    this.#options = options;
    this.#log = createRateLimitedLog(log, { now: time.now });
    const now = time.now();
    this.pressure = new Pressure(now);
    this.#dueAt = nextRound(now, LOOK_MS);
    this.#timer = time.wakeUps.timer(() => this.#look());
    this.#timer.set(this.#dueAt);
  }

  status(): PressureStatus {
    const { time } = this.#options;
    return pressureStatus(this.pressure, time.now(), time.wallClock());
  }

  /** Stops looking at the pressure. */
  close(): void {
    this.#timer.close();
  }

  #look(): void {
    const { time, loads, onTransition } = this.#options;
    const now = time.now();
    if (now >= this.#dueAt) {
      const loop = latenessLoad(now - this.#dueAt);
      const measured = { ...loads(now), loop };
      const transition = this.pressure.handleLoads(measured, now);
      const mayRest = this.#options.isQuiet() && Object.values(measured).every((load) => load < QUIET_LOAD_MAX);
      this.#dueAt = nextRound(now, mayRest ? QUIET_LOOK_MS : LOOK_MS);
      if (transition !== undefined) {
        this.#tell(transition);
        onTransition?.(this.pressure);
      }
    }
    this.#timer.set(this.#dueAt);
  }

  #tell({ from, to, score, reasons, action }: PressureTransition): void {
    const event = { code: "PRESSURE_CHANGED", from, to, score, reasons, action };
    if (to === "nominal") this.#log.info(event, "the process has little to bear again");
    else this.#log.warn(event, `the pressure on the process is ${to}: ${reasons.join(", ")}`);
  }
}
