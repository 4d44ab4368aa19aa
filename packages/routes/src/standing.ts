/** How long a lease, or permits, are good for: to their end, and beyond it while their coordinator is silent. */
import { HOLD_SECONDS, SILENT_MS } from "./limits.ts";

export interface HoldGrounds {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the coordinator was heard last; undefined: not in this life of the process. */
  readonly heard: number | undefined;
  /** When the newest checkpoint was issued; undefined: the policy names no log. */
  readonly checkpoint: number | undefined;
  /** Seconds, as the policy says; undefined: it says nothing. */
  readonly policySeconds: number | undefined;
  /** The record itself was taken back, or the coordinator's role or node, or the node at whose side it counts. */
  readonly isVoid: boolean;
}

/**
 * `live` to the record's end, `held` behind it, or the reason why it is good no more: `void`, `answers` (the coordinator is there, and has not renewed it), `unwatched` (no checkpoint is
 * young enough to say that nothing was taken back), `ended`.
 */
export type Standing = "live" | "held" | "void" | "answers" | "unwatched" | "ended";

/** The standing of a record that ends at `expires`, in milliseconds since 1970. */
export function standingOf(expires: number, grounds: HoldGrounds): Standing {
  const { now, heard, checkpoint, isVoid } = grounds;
  if (isVoid) return "void";
  if (now < expires) return "live";
  if (now >= heldUntil(expires, grounds)) return "ended";
  if (heard !== undefined && now - heard < SILENT_MS) return "answers";
  return checkpoint !== undefined && now - checkpoint >= holdMs(grounds) ? "unwatched" : "held";
}

/** The last moment at which a record that ends at `expires` may be good, for whoever goes on without an agent. */
export function heldUntil(expires: number, grounds: Pick<HoldGrounds, "policySeconds">): number {
  return expires + holdMs(grounds);
}

function holdMs({ policySeconds = HOLD_SECONDS }: Pick<HoldGrounds, "policySeconds">): number {
  return 1_000 * policySeconds;
}
