import { sessionCodeName } from "@florenetes/data-session";
import { SessionError, StreamError } from "@florenetes/data-session/workload";

/** The code of docs/protocol/transport.md for a stream whose place another one has taken. */
export const SUPERSEDED = 0x0b;

/** The end of a session with an egress: its code, and a sentence for people. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  /** @param error what a stream, a session or a socket has ended by; undefined: by nobody's fault */
  static of(error: unknown): SessionEnded {
    if (error instanceof SessionEnded) return error;
    if (error === undefined) return new SessionEnded("DONE", "it has ended the session");
    if (error instanceof StreamError || error instanceof SessionError)
      return new SessionEnded(codeName(error.code), error.message);
    const { code, message } = error as NodeJS.ErrnoException;
    return new SessionEnded(typeof code === "string" ? code : OTHER, message);
  }
}

const OTHER = "OTHER";
/** Codes of docs/protocol/transport.md that a session itself does not use. */
const STREAM_CODES: ReadonlyMap<number, string> = new Map([
  [0x01, "WORKLOAD_RESET"],
  [0x02, "TARGET_DOWN"],
  [0x03, "TARGET_TIMEOUT"],
  [0x05, "UNKNOWN_SERVICE"],
  [0x08, "OVER_BUDGET"],
  [0x0a, "WRONG_PRINCIPAL"],
  [SUPERSEDED, "SUPERSEDED"],
  [0x0d, "TOO_MANY_CONNECTIONS"],
  [0x0e, "REVOKED"],
  [0x10, "EXPIRED"],
  [0x15, "WRONG_KEY"],
  [0x16, "NOT_GRANTED"],
  [0x80, "NO_ANSWER"],
  [0x82, "HANDSHAKE_REFUSED"],
  [0x83, "STREAM_LIMIT"],
]);

function codeName(code: number): string {
  return sessionCodeName(code) ?? STREAM_CODES.get(code) ?? OTHER;
}
