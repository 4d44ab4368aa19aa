import { defaultLimits, SILENCE_BUSY_MS, SILENCE_IDLE_MS, UNANSWERED_MS } from "../limits.ts";

/** Enough for an answer, and for the answer to a packet that was repeated once. */
const ROUND_TRIPS = 4;

/** The silence after which a far end may be out of reach. Before that, it was not asked yet, or its answer is on its way. */
export function silenceMs(isBusy: boolean, rttMs: number): number {
  if (!isBusy) return SILENCE_IDLE_MS;
  return Math.min(SILENCE_IDLE_MS, Math.max(SILENCE_BUSY_MS, defaultLimits.pingBusyMs + ROUND_TRIPS * rttMs));
}

/** Whether a far end that has been asked for so long without an answer is out of reach. It may still be heard: its packets may get here
 *  though ours get nowhere. */
export function isUnanswered(unansweredMs: number, rttMs: number): boolean {
  return unansweredMs >= Math.min(SILENCE_IDLE_MS, Math.max(UNANSWERED_MS, ROUND_TRIPS * rttMs));
}
