/** Ed25519 (RFC 8032) with raw public keys of 32 octets in lower-case hex, as bodies have them. */
import { createHash, createPublicKey, verify } from "node:crypto";

/** The id of a key: SHA-256 of its 32 octets, in lower-case hex. */
export function keyIdOf(key: string): string {
  return createHash("sha256").update(Buffer.from(key, "hex")).digest("hex");
}

/** Whether `signature` is the key's on `octets`; false for octets that are no key. */
export function isSignedBy(key: string, octets: Uint8Array, signature: Uint8Array): boolean {
  try {
    const x = Buffer.from(key, "hex").toString("base64url");
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    return verify(null, octets, publicKey, signature);
  } catch {
    return false;
  }
}
