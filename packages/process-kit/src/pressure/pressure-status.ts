import type { Finding } from "@florenetes/operator-text";
import type { Pressure, PressureAction, PressureLevel, PressureReason } from "./pressure.ts";
import { formatDuration } from "@florenetes/operator-text";

/** People see the last transitions; programs get all that are kept. */
const SHOWN_TRANSITIONS = 4;

/** How loaded a process is: a part of every executable's status. */
export interface PressureStatus {
  readonly level: PressureLevel;
  /** From 0 to 100: the greatest of `scores`. */
  readonly score: number;
  /** From 0 to 100 for each measured load. */
  readonly scores: Readonly<Partial<Record<PressureReason, number>>>;
  /** Why the level is not nominal. */
  readonly reasons: readonly PressureReason[];
  /** The advice to those who give work to the process. */
  readonly action: PressureAction;
  readonly sinceMs: number;
  /** The last changes of the level, the oldest first. */
  readonly transitions: readonly PressureTransitionStatus[];
  /** How often each level has begun. */
  readonly begun: Readonly<Record<PressureLevel, number>>;
}

interface PressureTransitionStatus {
  readonly at: string;
  readonly from: PressureLevel;
  readonly to: PressureLevel;
  readonly score: number;
  readonly reasons: readonly PressureReason[];
}

/** @param wallClock The time that is `now` on the monotonic clock. */
export function pressureStatus(pressure: Pressure, now: number, wallClock: Date): PressureStatus {
  const { level, score, scores, reasons, action, since, transitions, begun } = pressure;
  return {
    level,
    score,
    scores,
    reasons,
    action,
    sinceMs: Math.round(now - since),
    transitions: transitions.map(({ at, from, to, score: then, reasons: why }) => {
      return { at: new Date(wallClock.getTime() - (now - at)).toISOString(), from, to, score: then, reasons: why };
    }),
    begun: { ...begun },
  };
}

/** The judged part of a process's pressure. */
export interface PressureJudged {
  readonly level: PressureLevel;
  readonly score: number;
  readonly reasons: readonly string[];
}

/** Warns of a process under so much load that it may refuse work. */
export function pressureFindings({ level, score, reasons }: PressureJudged): Finding[] {
  if (level !== "critical") return [];
  const text = `the process is at its limits (${reasons.join(", ")}: ${score} %) and refuses work`;
  return [{ weight: "warning", text, advice: "Give it less, or spread its work over more nodes." }];
}

/** Lines for people: the present load, and the last changes of level. */
export function pressureLines({ level, score, reasons, action, sinceMs, transitions }: PressureStatus): string[] {
  const why = reasons.length === 0 ? "" : ` by ${reasons.join(", ")}`;
  const advice = action === "none" ? "" : `, recommended: ${action}`;
  const last = transitions.slice(-SHOWN_TRANSITIONS).map(({ at, to, reasons: then }) => {
    return `  ${at} ${to}${then.length === 0 ? "" : ` (${then.join(", ")})`}`;
  });
  return [`pressure ${level} for ${formatDuration(sinceMs)}, score ${score}${why}${advice}`, ...last];
}
