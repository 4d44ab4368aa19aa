import { foreignText } from "@florenetes/operator-text";
import type { QuicCloseCause, QuicEvent } from "../engine.ts";
import { CLOSE_REASON_LENGTH_MAX } from "../limits.ts";

export interface NativeClosing {
  readonly cause: QuicCloseCause;
  readonly isApplication: boolean;
  readonly code: number;
  /** A peer may have written it. */
  readonly reason: string;
}

/** The end of a connection, with a reason that may be shown to people: of a connection here, or of one that a data thread has. */
export function nativeClosedEvent({
  cause,
  isApplication,
  code,
  reason,
}: NativeClosing): QuicEvent & { readonly kind: "closed" } {
  // Our own words are as we said them; the engine's may quote the peer.
  const shown = cause === "local" && isApplication ? reason : foreignText(reason, CLOSE_REASON_LENGTH_MAX);
  return { kind: "closed", cause, isApplication, code, reason: shown };
}
