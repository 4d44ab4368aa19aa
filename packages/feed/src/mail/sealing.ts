/** Seals letters and answers for their readers, as the answers of traces are sealed. */
import {
  type ExchangeKey as ExchangePair,
  makeExchangeKey as makeExchangePair,
  openFrom,
  sealFor,
} from "@florenetes/identity";

export interface ExchangeKey {
  readonly pair: ExchangePair;
  /** 64 lower-case hex digits. */
  readonly publicKey: string;
}

/** The info of the derivation, so that a letter is never taken for an answer. */
export type Purpose = "florenetes mail 1" | "florenetes mail answer 1";

/** @param secret Its 32 random octets */
export function makeExchangeKey(secret: Uint8Array): ExchangeKey {
  const pair = makeExchangePair(secret);
  return { pair, publicKey: Buffer.from(pair.publicKey).toString("hex") };
}

/**
 * Seals content for the holder of a key.
 *
 * @param own A key that seals nothing else
 * @returns Undefined: the reader's key is one of the few with which all secrets are alike
 */
export function seal(
  purpose: Purpose,
  reader: string,
  own: ExchangeKey,
  associated: Uint8Array,
  content: Uint8Array,
): Uint8Array | undefined {
  return sealFor(Buffer.from(reader, "hex"), own.pair, { info: purpose, associated }, content);
}

/** The content that was sealed by `sender` for the own key; undefined: it was not, or is damaged. */
export function open(
  purpose: Purpose,
  own: ExchangeKey,
  sender: string,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  return openFrom(Buffer.from(sender, "hex"), own.pair, { info: purpose, associated }, sealed);
}
