import { createHash } from "node:crypto";

const HASH = /^[0-9a-f]{64}$/;

/** SHA-256 of octets, in lower-case hex. */
export function hashOf(octets: Uint8Array): string {
  return createHash("sha256").update(octets).digest("hex");
}

/** Whether a text is 32 octets in lower-case hex, as SHA-256 is. */
export function isHash(text: string): boolean {
  return HASH.test(text);
}
