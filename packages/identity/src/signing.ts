/**
 * Signatures with the key of an identity, for one purpose each: what is signed begins as in TLS 1.3 (RFC 8446, 4.4.3), with a context that is no other's, so
 * that a signature means nothing anywhere else.
 */
import { createHash, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { type Certificate, isSignatureOf, readCertificate } from "./certificates/certificate.ts";
import { readCertificatePem } from "./certificates/pem.ts";
import type { Credentials } from "./credentials.ts";
import { IdentityError } from "./errors.ts";

/** SignatureScheme of TLS 1.3, by the algorithm of the key. */
const SCHEMES = { p256: 0x0403, ed25519: 0x0807 } as const;
const PADDING = Buffer.alloc(64, 0x20);

/** A signature, and the chain of the identity that made it. */
export interface IdentitySignature {
  /** SignatureScheme of TLS 1.3. */
  readonly scheme: number;
  readonly signature: Uint8Array;
  /** Certificates in DER, the leaf first. */
  readonly chain: readonly Uint8Array[];
  /** `hashChain` of it. */
  readonly chainHash: Uint8Array;
}

/** Signs for one purpose, with the key of an identity. */
export class ContextSigner {
  readonly #context: string;
  readonly #key: KeyObject;
  readonly #chain: readonly Uint8Array[];
  readonly #chainHash: Uint8Array;

  /** @param context ASCII; no other purpose has the same one */
  constructor(
    { privateKeyPem, certificateChainPem }: Pick<Credentials, "privateKeyPem" | "certificateChainPem">,
    context: string,
  ) {
    this.#context = context;
    this.#key = createPrivateKey({
      key: Buffer.from(privateKeyPem.buffer, privateKeyPem.byteOffset, privateKeyPem.length),
    });
    this.#chain = readCertificatePem(certificateChainPem);
    this.#chainHash = hashChain(this.#chain);
  }

  /** Signs the content, which takes about a tenth of a millisecond. */
  sign(content: Uint8Array): IdentitySignature {
    const isEd25519 = this.#key.asymmetricKeyType === "ed25519";
    const signature = sign(isEd25519 ? null : "sha256", inContext(this.#context, content), this.#key);
    const scheme = isEd25519 ? SCHEMES.ed25519 : SCHEMES.p256;
    return { scheme, signature: Uint8Array.from(signature), chain: this.#chain, chainHash: this.#chainHash };
  }
}

/** Says whether a signature over a content was made for its purpose by its certificate's key. Never throws for what the octets hold. */
export type ContextCheck = (content: Uint8Array, signed: Pick<IdentitySignature, "scheme" | "signature">) => boolean;

/** Reads a certificate, which takes a millisecond, to check many signatures of its key. It judges no chain. With octets that are no certificate, none fits. */
export function contextCheck(leafDer: Uint8Array, context: string): ContextCheck {
  const leaf = readLeaf(leafDer);
  const algorithm = leaf?.keyAlgorithm;
  if (leaf === undefined || algorithm === undefined) return () => false;
  return (content, { scheme, signature }) =>
    SCHEMES[algorithm] === scheme && isSignatureOf(leaf, inContext(context, content), signature);
}

function readLeaf(der: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}

/** A chain as octets: each certificate behind its length (3), big-endian. */
export function encodeChain(chain: readonly Uint8Array[]): Uint8Array {
  const pieces = chain.flatMap((der) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(der.length);
    return [length.subarray(1), der];
  });
  return Uint8Array.from(Buffer.concat(pieces));
}

/** Undefined: the octets are no chain. */
export function decodeChain(octets: Uint8Array): Uint8Array[] | undefined {
  const chain: Uint8Array[] = [];
  for (let at = 0; at < octets.length;) {
    const [high = 0, middle = 0, low = 0] = octets.subarray(at, at + 3);
    const end = at + 3 + (high << 16) + (middle << 8) + low;
    if (end === at + 3 || end > octets.length) return undefined;
    chain.push(octets.slice(at + 3, end));
    at = end;
  }
  return chain;
}

/** SHA-256 of `encodeChain`. */
export function hashChain(chain: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(encodeChain(chain)).digest());
}

function inContext(context: string, content: Uint8Array): Buffer {
  return Buffer.concat([PADDING, Buffer.from(`${context}\0`, "latin1"), content]);
}
