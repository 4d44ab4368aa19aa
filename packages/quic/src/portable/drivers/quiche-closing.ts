import { foreignText } from "@florenetes/operator-text";
import type { QuicCloseCause } from "../../engine.ts";
import { CLOSE_REASON_LENGTH_MAX } from "../../limits.ts";
import type { NativeConnection } from "./native-connection.ts";

/** RFC 9000, 20.1: no path is left that could carry the connection. */
const NO_VIABLE_PATH = 0x10;

const decoder = new TextDecoder();

/** The code and the reason that this end closed with. */
export interface OwnClose {
  readonly code: number;
  readonly reason: string;
}

export interface Closing {
  readonly cause: QuicCloseCause;
  readonly isApplication: boolean;
  readonly code: number;
  readonly reason: string;
}

/** The `closed` event of a connection that has just been found closed. */
export function closingOf(native: NativeConnection, own: OwnClose | undefined, isTimeout: boolean): Closing {
  const peerError = native.peerError();
  if (peerError !== null) {
    const reason = foreignText(decoder.decode(peerError.reason), CLOSE_REASON_LENGTH_MAX);
    return closing("peer", peerError.isApp, peerError.errorCode, reason);
  }
  if (own !== undefined) return closing("local", true, own.code, own.reason);
  const localError = native.localError();
  if (localError !== null) {
    return closing("local", localError.isApp, localError.errorCode, decoder.decode(localError.reason));
  }
  if (native.isTimedOut()) return closing("idle", false, 0, "");
  return isTimeout ? closing("local", false, NO_VIABLE_PATH, "no path left") : closing("reset", false, 0, "");
}

function closing(cause: QuicCloseCause, isApplication: boolean, code: number, reason: string): Closing {
  return { cause, isApplication, code, reason };
}
