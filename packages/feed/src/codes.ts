/** The reasons why an end resets a stream: codes of docs/protocol/transport.md, with their meaning. */
export const FeedCode = {
  /** No version is known to both ends. */
  unsupported: 0x06,
  /** A message is against the protocol. */
  malformed: 0x07,
  /** The peer's HELLO names another node than its certificate. */
  wrongPrincipal: 0x0a,
  /** The peer owes something, and is silent. */
  silent: 0x0c,
} as const;
export type FeedCode = (typeof FeedCode)[keyof typeof FeedCode];

/** A broken rule of the peer: ends the stream, with a code and a text that the peer gets. */
export class Violation extends Error {
  readonly code: FeedCode;

  constructor(code: FeedCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}
