/** Signatures are collected one by one, by people who may never meet: each of them gets the record, and hands it on with one more. */
import { type Signature, toBeSigned, writeEnvelope } from "../envelope.ts";
import type { Fact } from "../fact.ts";
import { isSignedBy, keyIdOf } from "../keys.ts";
import { SIGNATURES_MAX } from "../limits.ts";
import { authoringError } from "./authoring-error.ts";
import { requireRecord } from "./proposal.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * The octets of a record with one signature more. Throws ERR_FABRIC_RECORD; ERR_FABRIC_SIGNED_ALREADY when the key has signed it; and
 * ERR_FABRIC_SIGNATURES when there is no room.
 */
export function addSignature(octets: Uint8Array, signer: SigningKey): Buffer<ArrayBuffer> {
  const fact = requireRecord(octets);
  requireRoomFor(fact, signer.keyId);
  return attachSignature(octets, signer.key, signer.sign(signedOctetsOf(fact)));
}

/** The octets of a record that all of these keys have signed, one after the other. Throws as `addSignature` does. */
export function addSignatures(octets: Uint8Array, signers: readonly SigningKey[]): Buffer<ArrayBuffer> {
  return signers.reduce<Buffer<ArrayBuffer>>(addSignature, Buffer.from(octets));
}

/**
 * The octets of a record with a signature that was made elsewhere, by the raw public key in hex. Throws as `addSignature` does, and
 * ERR_FABRIC_SIGNATURES when the signature is not this key's on this record.
 */
export function attachSignature(octets: Uint8Array, key: string, signature: Uint8Array): Buffer<ArrayBuffer> {
  const fact = requireRecord(octets);
  const added: Signature = { keyId: keyIdOf(key), octets: signature };
  requireRoomFor(fact, added.keyId);
  if (!isSignedBy(key, signedOctetsOf(fact), signature)) {
    throw authoringError("ERR_FABRIC_SIGNATURES", "the signature is not this key's on this record");
  }
  const { payload, signatures } = fact.envelope;
  return writeEnvelope({ payload, signatures: [...signatures, added] });
}

/** Throws when a record cannot have one signature more by this key: for those who must know before they ask for it. */
export function requireRoomFor({ envelope: { signatures } }: Fact, keyId: string): void {
  if (signatures.some((signature) => signature.keyId === keyId)) {
    throw authoringError("ERR_FABRIC_SIGNED_ALREADY", `the key ${keyId} has signed the record already`);
  }
  if (signatures.length < SIGNATURES_MAX) return;
  throw authoringError(
    "ERR_FABRIC_SIGNATURES",
    `the record has ${SIGNATURES_MAX} signatures, and no room for one more`,
  );
}

/** The octets that signers of a record sign. */
export function signedOctetsOf({ envelope }: Fact): Buffer<ArrayBuffer> {
  return toBeSigned(envelope.payload);
}
