import assert from "node:assert";
import { addon } from "./addon.ts";

interface HmacPart {
  /** Returns whether the code was written. */
  hmac(bits: number, key: Uint8Array, message: Uint8Array, out: Uint8Array): boolean;
}

const bits = { sha256: 256, sha384: 384 } as const;

/**
 * The authentication code of a message (RFC 2104). For those that are made by the thousand: node:crypto makes a stream for each, which
 * costs ten times as much as a short code.
 *
 * @returns 32 or 48 bytes.
 * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
 */
export function hmac(hash: keyof typeof bits, key: Uint8Array, message: Uint8Array): Buffer {
  const code = Buffer.allocUnsafeSlow(bits[hash] / 8);
  const isMade = (addon() as HmacPart).hmac(bits[hash], key, message, code);
  assert(isMade, "OpenSSL makes a code of any bytes");
  return code;
}
