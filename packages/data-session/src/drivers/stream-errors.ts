import { SessionCode } from "../codes.ts";

/** A stream or flow ended early: the other end reset or refused it. */
export class StreamError extends Error {
  /** A code of docs/protocol/transport.md. */
  readonly code: number;
  /** Whether the far end never looked at the stream: then another try elsewhere does nothing twice. */
  readonly isUntaken: boolean;

  constructor(code: number, text: string, isUntaken: boolean = false) {
    super(text === "" ? `the stream was reset (code ${code})` : `${text} (code ${code})`);
    this.name = "StreamError";
    this.code = code;
    this.isUntaken = isUntaken;
  }
}

/** The session is over, and all its streams with it. The fate of those that the other end had taken is unknown. */
export class SessionError extends Error {
  readonly code: number;
  /** `own`, `peer`: that end has ended the session. `lost`: the connection is lost. */
  readonly by: "own" | "peer" | "lost";

  constructor(by: "own" | "peer" | "lost", code: number, text: string) {
    super(text === "" ? `the session is over (code ${code})` : `${text} (code ${code})`);
    this.name = "SessionError";
    this.code = code;
    this.by = by;
  }
}

/** The other end refuses new streams. */
export function goneAway(): StreamError {
  return new StreamError(SessionCode.stopping, "the other end takes no new streams", true);
}
