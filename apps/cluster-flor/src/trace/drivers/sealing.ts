/** Seals an answer to the key of its question, as content for one reader. */
import { createHash } from "node:crypto";
import { EXCHANGE_KEY_SIZE, type ExchangeKey, makeExchangeKey, openFrom, sealFor } from "@florenetes/identity";
import type { TraceSealing } from "../sealing.ts";

const INFO = "florenetes trace answer 1";

/** @param randomBytes Secure ones. */
export function nodeSealing(randomBytes: (size: number) => Uint8Array): TraceSealing<ExchangeKey> {
  return {
    makeKey: () => makeExchangeKey(randomBytes(EXCHANGE_KEY_SIZE)),
    digest: digestAnswer,
    seal: (own, asked, head, content) => sealFor(asked, own, { info: INFO, associated: head }, content),
    open: (own, answering, head, sealed) => {
      const content = openFrom(answering, own, { info: INFO, associated: head }, sealed);
      return content === undefined ? undefined : Uint8Array.from(content);
    },
  };
}

function digestAnswer(asked: Uint8Array, head: Uint8Array, told: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(asked).update(head).update(told).digest());
}
