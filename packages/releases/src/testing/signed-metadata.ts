import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { attachSignature, signedOctetsOf, writeMetadata } from "../authoring/index.ts";

/** Any file of a repository's metadata. */
type Signable = Parameters<typeof signedOctetsOf>[0];

/** A key that signs files of a repository in tests. */
export interface TestKey {
  /** The raw Ed25519 public key: 32 octets in lower-case hex. */
  readonly key: string;
  readonly privateKey: KeyObject;
}

export function makeKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { key: Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("hex"), privateKey };
}

/** Signs a file with keys, whether a root names them or not. Returns its octets. */
export function signed(metadata: Signable, signers: readonly TestKey[]): Buffer<ArrayBuffer> {
  for (const { key, privateKey } of signers)
    attachSignature(metadata, key, sign(null, signedOctetsOf(metadata), privateKey));
  return writeMetadata(metadata);
}
