import { PRESSURE_TRANSITIONS_MAX } from "../limits.ts";

/** The levels of pressure, the lowest first. Other parts know each level by its index, so that new ones only come at the end. */
export const PRESSURE_LEVELS = ["nominal", "warning", "critical"] as const;
export type PressureLevel = (typeof PRESSURE_LEVELS)[number];

/** The loads that are measured. Other processes know each by its index, so that new ones only come at the end. */
export const PRESSURE_REASONS = [
  /** Bytes that all streams hold, as a share of their limit. */
  "memory",
  /** File descriptors for connections of workloads. */
  "files",
  /** Accepted end-to-end connections. */
  "connections",
  /** Unfinished handshakes. */
  "handshakes",
  /** How long packets wait for a link, as a share of their class's limit. */
  "queue",
  /** How late timers of the main thread run. */
  "loop",
  /** How late the data thread answers. */
  "thread",
] as const;
export type PressureReason = (typeof PRESSURE_REASONS)[number];

/** The share of its limit for each measured load: 0 is nothing, 1 is all. */
export type PressureLoads = Partial<Record<PressureReason, number>>;

/** The greatest load of each kind over the parts of a process. */
export function greatestLoads(parts: readonly PressureLoads[]): PressureLoads {
  const greatest: PressureLoads = {};
  for (const reason of PRESSURE_REASONS) {
    const loads = parts.flatMap((part) => part[reason] ?? []);
    if (loads.length > 0) greatest[reason] = Math.max(...loads);
  }
  return greatest;
}

/** The advice to those who give work to a process. */
export type PressureAction = "none" | "slow-bulk" | "refuse-new";

const ACTIONS: Readonly<Record<PressureLevel, PressureAction>> = {
  nominal: "none",
  warning: "slow-bulk",
  critical: "refuse-new",
};

/** The score at which a level begins, and the one below which it may end. */
const BEGINS_AT: Readonly<Record<PressureLevel, number>> = { nominal: 0, warning: 70, critical: 90 };
const ENDS_BELOW: Readonly<Record<PressureLevel, number>> = { nominal: 0, warning: 60, critical: 80 };
/** How long the score has to stay below before a level ends. */
export const PRESSURE_HOLD_MS = 10_000;
/** A thread that is so late has a load of 1. */
const LATE_MS_MAX = 250;

/** The load of a thread whose timers run so late. */
export function latenessLoad(lateMs: number): number {
  return lateMs / LATE_MS_MAX;
}

export interface PressureTransition {
  readonly from: PressureLevel;
  readonly to: PressureLevel;
  readonly score: number;
  readonly reasons: readonly PressureReason[];
  readonly action: PressureAction;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/**
 * Judges the pressure on a process. A load counts only if two looks in a row find it: a load that the next look does not find
 * was too short to be pressure. The score is that of the greatest load, from 0 to 100.
 *
 *             70                 90
 *     nominal ──▶ warning ───────────▶ critical       at once
 *             ◀──         ◀───────────
 *             60                 80                   after 10 s below
 *
 * Levels end one at a time. So each begins at most once in 10 s, however the loads change. No I/O.
 */
export class Pressure {
  #level: PressureLevel = "nominal";
  #scores: Partial<Record<PressureReason, number>> = {};
  #before: PressureLoads = {};
  #reasons: readonly PressureReason[] = [];
  #since: number;
  /** When the score was last high enough to keep the level. */
  #heldAt: number;
  readonly #transitions: PressureTransition[] = [];
  /** How often each level has begun. */
  readonly begun: Record<PressureLevel, number> = { nominal: 0, warning: 0, critical: 0 };

  constructor(now: number) {
    this.#since = now;
    this.#heldAt = now;
  }

  get level(): PressureLevel {
    return this.#level;
  }

  /** When the level began. */
  get since(): number {
    return this.#since;
  }

  /** From 0 to 100. */
  get score(): number {
    return Math.max(0, ...Object.values(this.#scores));
  }

  /** From 0 to 100 for all that was measured. */
  get scores(): Readonly<Partial<Record<PressureReason, number>>> {
    return this.#scores;
  }

  /** The loads that keep the level, or kept it last; none at the nominal level. */
  get reasons(): readonly PressureReason[] {
    return this.#reasons;
  }

  get action(): PressureAction {
    return ACTIONS[this.#level];
  }

  /** The last transitions, the oldest first. */
  get transitions(): readonly PressureTransition[] {
    return this.#transitions;
  }

  /** Takes the measured loads; to be called about once a second. Returns the change of level that follows, if any. */
  handleLoads(loads: PressureLoads, now: number): PressureTransition | undefined {
    this.#scores = scoresOf(loads, this.#before);
    this.#before = loads;
    const { score } = this;
    if (score >= ENDS_BELOW[this.#level]) this.#heldAt = now;
    const level = this.#nextLevel(score, now);
    this.#explain(level);
    return level === this.#level ? undefined : this.#enter(level, score, now);
  }

  #nextLevel(score: number, now: number): PressureLevel {
    const risen = PRESSURE_LEVELS.findLast((level) => score >= BEGINS_AT[level])!;
    if (rankOf(risen) > rankOf(this.#level)) return risen;
    const isHeld = this.#level === "nominal" || now - this.#heldAt < PRESSURE_HOLD_MS;
    return isHeld ? this.#level : PRESSURE_LEVELS[rankOf(this.#level) - 1]!;
  }

  #explain(level: PressureLevel): void {
    const reasons = PRESSURE_REASONS.filter((reason) => (this.#scores[reason] ?? 0) >= ENDS_BELOW.warning);
    if (level === "nominal") this.#reasons = [];
    else if (reasons.length > 0) this.#reasons = reasons;
  }

  #enter(to: PressureLevel, score: number, now: number): PressureTransition {
    const transition = { from: this.#level, to, score, reasons: this.#reasons, action: ACTIONS[to], at: now };
    this.#level = to;
    this.#since = now;
    this.#heldAt = now;
    this.begun[to]++;
    this.#transitions.push(transition);
    if (this.#transitions.length > PRESSURE_TRANSITIONS_MAX) this.#transitions.shift();
    return transition;
  }
}

function scoresOf(loads: PressureLoads, before: PressureLoads): Partial<Record<PressureReason, number>> {
  const scores: Partial<Record<PressureReason, number>> = {};
  for (const reason of PRESSURE_REASONS) {
    const load = loads[reason];
    if (load !== undefined) scores[reason] = scoreOf(Math.min(load, before[reason] ?? 0));
  }
  return scores;
}

/** A load that is not a number (a share of a limit of 0) counts as none. */
function scoreOf(load: number): number {
  return Number.isNaN(load) ? 0 : Math.round(100 * Math.min(1, Math.max(0, load)));
}

function rankOf(level: PressureLevel): number {
  return PRESSURE_LEVELS.indexOf(level);
}
