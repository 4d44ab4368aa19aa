/** Ed25519 (RFC 8032) with raw public keys of 32 octets in lower-case hex, as bodies have them. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

/** The id of a key: SHA-256 of its 32 octets, in lower-case hex. */
export function keyIdOf(key: string): string {
  return createHash("sha256").update(Buffer.from(key, "hex")).digest("hex");
}

/** Whether `signature` is the key's on `octets`; false for octets that are no key. */
export function isSignedBy(key: string, octets: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, octets, publicKeyOf(key), signature);
  } catch {
    return false;
  }
}

/** Keys that were read before: quorums and nodes sign again and again, and to read a key takes a quarter of the time of a verification. */
const read = new Map<string, KeyObject>();
const READ_KEYS_MAX = 256;

function publicKeyOf(key: string): KeyObject {
  const known = read.get(key);
  if (known !== undefined) return known;
  const x = Buffer.from(key, "hex").toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  if (read.size >= READ_KEYS_MAX) read.clear();
  read.set(key, publicKey);
  return publicKey;
}
