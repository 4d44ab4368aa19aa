import {
  HEARTBEAT_INTERVAL_MS,
  PACE_KEPT_MS,
  QUIET_HEARTBEAT_INTERVAL_MS,
  SILENT_AFTER_INTERVALS,
  SILENT_AFTER_MS,
} from "./limits.ts";

/**
 * How often heartbeats of one vertex go out, and what they say of it. A slower pace is told first, and kept only a while later: so a partner
 * that has missed some of the heartbeats has heard of it before it waits in vain.
 */
export class HeartbeatPace {
  #told = HEARTBEAT_INTERVAL_MS;
  #present = HEARTBEAT_INTERVAL_MS;
  #slowAt = Infinity;

  /** Heartbeats say that the next one comes within so many milliseconds. */
  get told(): number {
    return this.#told;
  }

  /** When `interval` is another one without a call of `set`; Infinity: never. */
  get changesAt(): number {
    return this.#slowAt;
  }

  /** Changes the pace; a faster one counts at once. */
  set(intervalMs: number, now: number): void {
    if (intervalMs === this.#told) return;
    this.#told = intervalMs;
    if (intervalMs > this.#present) {
      this.#slowAt = now + PACE_KEPT_MS;
    } else {
      this.#present = intervalMs;
      this.#slowAt = Infinity;
    }
  }

  /** The time between two heartbeats at present. */
  interval(now: number): number {
    if (now >= this.#slowAt) {
      this.#present = this.#told;
      this.#slowAt = Infinity;
    }
    return this.#present;
  }
}

/** The pace that a partner tells, as far as it may be: undefined where it tells none. */
export function toldInterval(intervalMs: number): number | undefined {
  if (intervalMs === 0) return undefined;
  return Math.min(Math.max(intervalMs, HEARTBEAT_INTERVAL_MS), QUIET_HEARTBEAT_INTERVAL_MS);
}

/** How long a partner with this pace says nothing until it is taken for gone. */
export function silentAfter(intervalMs: number | undefined): number {
  return Math.max(SILENT_AFTER_MS, Math.ceil(SILENT_AFTER_INTERVALS * (intervalMs ?? 0)));
}
