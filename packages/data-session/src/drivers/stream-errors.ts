import { SessionCode } from "../codes.ts";

/** A stream or flow is over before its end: reset by the other end, or not taken by it. */
export class StreamError extends Error {
  /** Why, by a code of docs/protocol/transport.md. */
  readonly code: number;
  /**
   * Whether the far end never looked at the stream: then it can be tried again elsewhere, and nothing is done twice.
   */
  readonly isUntaken: boolean;

  constructor(code: number, text: string, isUntaken: boolean = false) {
    super(text === "" ? `the stream was reset (code ${code})` : `${text} (code ${code})`);
    this.name = "StreamError";
    this.code = code;
    this.isUntaken = isUntaken;
  }
}

/** The session is over, and with it all its streams. Nobody knows what became of those that the other end had taken. */
export class SessionError extends Error {
  readonly code: number;
  /** This end or the other one has ended it, or the connection is lost. */
  readonly by: "own" | "peer" | "lost";

  constructor(by: "own" | "peer" | "lost", code: number, text: string) {
    super(text === "" ? `the session is over (code ${code})` : `${text} (code ${code})`);
    this.name = "SessionError";
    this.code = code;
    this.by = by;
  }
}

/** The other end takes no new streams. */
export function goneAway(): StreamError {
  return new StreamError(SessionCode.stopping, "the other end takes no new streams", true);
}
