/** Keys that are the same each time, so that vectors are: each is made of its name. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { keyIdOf } from "../src/keys.ts";
import type { Signer } from "../src/fact.ts";

/** PKCS #8 around an Ed25519 seed (RFC 8410, 7). */
const PKCS8_BEGINNING = Buffer.from("302e020100300506032b657004220420", "hex");

export interface TestKey extends Signer {
  readonly name: string;
  /** The raw public key in hex. */
  readonly key: string;
}

export function testKey(name: string): TestKey {
  const seed = createHash("sha256").update(`a key of nobody's: ${name}`).digest();
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_BEGINNING, seed]),
    format: "der",
    type: "pkcs8",
  });
  const key = rawKeyOf(privateKey);
  return { name, key, keyId: keyIdOf(key), sign: (octets) => sign(null, octets, privateKey) };
}

function rawKeyOf(privateKey: KeyObject): string {
  return Buffer.from(createPublicKey(privateKey).export({ format: "jwk" }).x!, "base64url").toString("hex");
}
