import type { Instance } from "@florenetes/wire-values";
import type { QuicEngine } from "@florenetes/quic";
import type { Logger } from "@florenetes/process-kit";
import { type Life, Random, Scheduler } from "@florenetes/simkit";
import type { ProcessTime } from "@florenetes/scheduling";
import { openSimEngine, type SimEngineName } from "./sim-engine.ts";
import { startedAt } from "./sim-identities.ts";
import { lineLog, silentLog } from "./sim-log.ts";

/** Time and chance of one simulation. */
export class SimWorld {
  readonly scheduler = new Scheduler({ start: 1_000, stepsMax: 50_000_000 });
  readonly random: Random;
  readonly engine: QuicEngine;
  readonly #onLine: ((line: string) => void) | undefined;

  /** @param onLine takes what the processes log */
  constructor(seed: number, engine: SimEngineName, onLine?: (line: string) => void) {
    this.#onLine = onLine;
    this.random = new Random(seed);
    this.engine = openSimEngine(engine, this.random, () => this.wallClock());
  }

  get now(): number {
    return this.scheduler.now;
  }

  wallClock(): Date {
    return new Date(startedAt.getTime() + this.now);
  }

  /** The time as a process of this life sees it. */
  timeOf(life: Life): ProcessTime {
    return { now: () => this.now, wallClock: () => this.wallClock(), wakeUps: life };
  }

  log(process: string): Logger {
    return this.#onLine === undefined ? silentLog : lineLog(() => this.now, process, this.#onLine);
  }

  /** The instance of a process that starts now. */
  newInstance(): Instance {
    return { startedAt: this.wallClock().getTime(), id: Buffer.from(this.random.bytes(8)).toString("hex") };
  }
}
