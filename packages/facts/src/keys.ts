/** Ed25519 (RFC 8032) with raw public keys of 32 octets in lower-case hex, as bodies have them. */
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";

/** Ids of keys that were asked for before: what a node has signed is looked at again and again. */
const ids = new Map<string, string>();
const IDS_MAX = 4_096;

/** The id of a key: SHA-256 of its 32 octets, in lower-case hex. */
export function keyIdOf(key: string): string {
  const known = ids.get(key);
  if (known !== undefined) return known;
  const id = hash("sha256", Buffer.from(key, "hex"), "hex");
  if (ids.size >= IDS_MAX) ids.clear();
  ids.set(key, id);
  return id;
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
