import type { FabricView } from "../fabric/fabric-view.ts";
import { STALE_AFTER_LOOKS, STALE_AFTER_MS } from "./limits.ts";

/** How new an answer is, and by whom it is told. */
export interface AsOf {
  /** The node whose agent has told. */
  readonly replica: string;
  /** When its agent was asked. */
  readonly read: string;
  readonly ageMs: number;
  /** The last checkpoint of the log that the agent has accepted; null: none. */
  readonly checkpoint: { readonly index: number; readonly epoch: number; readonly issued: string } | null;
  /** Whether there may be something newer that is not known here. */
  readonly isStale: boolean;
  /** The reason; null: it is not stale. */
  readonly why: string | null;
}

/** @param now Monotonic milliseconds */
export function asOfView(view: FabricView, now: number): AsOf {
  const { node, wall: read, at, periodMs, isSilent, status } = view;
  const { log } = status;
  const ageMs = Math.max(0, Math.round(now - at));
  const why =
    isSilent || ageMs > Math.max(STALE_AFTER_MS, STALE_AFTER_LOOKS * periodMs)
      ? "the agent of this replica's node does not answer"
      : log?.isStale === true
        ? "the signers of the log have signed no checkpoint for an hour"
        : null;
  const { checkpoint = null } = log ?? {};
  return { replica: node, read: new Date(read).toISOString(), ageMs, checkpoint, isStale: why !== null, why };
}
