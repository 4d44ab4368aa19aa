/** Bytes that sealing adds. */
export const SEAL_SIZE = 16;

/** Both halves of a key for one question, or for one answer. */
export interface ExchangeKey {
  /** The sealing's own. */
  readonly privateKey: unknown;
  readonly publicKey: Uint8Array;
}

/** Seals answers to the keys of their questions, as docs/protocol/trace.md says. */
export interface TraceSealing<Key extends ExchangeKey = ExchangeKey> {
  makeKey(): Key;
  /** The digest of an answer, which is signed: SHA-256 of the question's key, of what the answer begins with, and of what the vertex tells. */
  digest(asked: Uint8Array, head: Uint8Array, told: Uint8Array): Uint8Array;
  /**
   * Seals what an answer says.
   *
   * @param asked The public key of the question.
   * @param head What the answer begins with. It has the public half of `own`.
   * @returns undefined when the question's key is not valid: the answer could not be opened.
   */
  seal(own: Key, asked: Uint8Array, head: Uint8Array, content: Uint8Array): Uint8Array | undefined;
  /**
   * Opens an answer that was sealed for a question of ours; undefined: it was not sealed for it.
   *
   * @param answering The public key in the answer's head.
   */
  open(own: Key, answering: Uint8Array, head: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}
