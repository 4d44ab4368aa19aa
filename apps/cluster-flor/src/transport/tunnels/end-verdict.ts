import { Code, type ConnectionEnd, isJudgement, isRefusal } from "../codes.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import type { SwitchReason } from "../routes/switch-log.ts";

/**
 * The end of a trunk's connection, which was its current one or an attempt, and what follows.
 *
 *     ended      by a refusal    waiting clients                  log    next attempt
 *     current    no              wait                             yes    at once
 *     current    yes             refused, if no attempt is made   yes    at once if any wait, else after the pause
 *     attempt    no              wait                             no     at once if any wait, else after the pause
 *     attempt    yes             refused                          yes    after the pause
 *
 * "At once" is `retryMs` after the last attempt at the earliest. The pause doubles with each use, and is the shortest one again
 * after a connection that has lasted.
 */
export interface EndVerdict {
  /** A new attempt will most likely end in the same way. */
  readonly isRefused: boolean;
  /** The far end had answered. */
  readonly wasUp: boolean;
  /** The far end was not reached: the next attempt may succeed, but nothing says so. */
  readonly isFailure: boolean;
}

/** @param isOutdated The connection was made with a former certificate of ours: a judgement on that one says nothing of the present one. */
export function judgeEnd(
  { peerHello }: Pick<EndConnection, "peerHello">,
  { code, cause }: ConnectionEnd,
  { isCurrent, isOutdated }: { readonly isCurrent: boolean; readonly isOutdated: boolean },
): EndVerdict {
  const isRefused = isRefusal(code) && !(isOutdated && isJudgement(code));
  const wasUp = isCurrent && peerHello !== undefined;
  return { isRefused, wasUp, isFailure: isRefused || !wasUp || cause === "silent" };
}

/** Why the next attempt takes another route. */
export function switchReasonOf({ code, cause }: ConnectionEnd): SwitchReason {
  if (isRefusal(code)) return "connection_refused";
  return cause === "silent" || code === Code.noAnswer ? "timeout" : "connection_reset";
}
