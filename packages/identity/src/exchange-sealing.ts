/**
 * Seals content for the holder of one key: X25519 (RFC 7748) with a key made for this content, HKDF-SHA256 (RFC 5869), and ChaCha20-Poly1305
 * (RFC 8439). Each key seals once, so that the nonce comes out of the same derivation.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from "node:crypto";

/** Both halves of an X25519 key. */
export interface ExchangeKey {
  readonly privateKey: KeyObject;
  /** 32 octets. */
  readonly publicKey: Uint8Array;
}

/** The sealed content's purpose and surroundings. */
interface SealContext {
  /** The info of the derivation: content that was sealed for another purpose does not open. */
  readonly info: string;
  /** Octets that are not sealed, and that the seal vouches for. */
  readonly associated: Uint8Array;
}

/** Octets by which what is sealed is longer than its content. */
const SEAL_SIZE = 16;
/** Octets of a key, and of the secret that it is made of. */
export const EXCHANGE_KEY_SIZE = 32;
const NONCE_SIZE = 12;
const CIPHER = "chacha20-poly1305";
/** RFC 8410: what stands before the 32 octets of a key, private and public. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

/** @param secret Its 32 random octets */
export function makeExchangeKey(secret: Uint8Array): ExchangeKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: Uint8Array.from(spki.subarray(SPKI_HEAD.length)) };
}

/**
 * Seals content for the holder of a key.
 *
 * @param reader The public key
 * @param own A key that seals nothing else
 * @returns Undefined: the reader's key is one of the few with which all secrets are alike
 */
export function sealFor(
  reader: Uint8Array,
  own: ExchangeKey,
  { info, associated }: SealContext,
  content: Uint8Array,
): Buffer | undefined {
  const secrets = deriveSecrets(info, own, reader, Buffer.concat([reader, own.publicKey]));
  if (secrets === undefined) return undefined;
  const cipher = createCipheriv(CIPHER, secrets.key, secrets.nonce, { authTagLength: SEAL_SIZE });
  cipher.setAAD(associated, { plaintextLength: content.length });
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** The content that the holder of `sender` has sealed for the own key; undefined: it was not, or is damaged. */
export function openFrom(
  sender: Uint8Array,
  own: ExchangeKey,
  { info, associated }: SealContext,
  sealed: Uint8Array,
): Buffer | undefined {
  if (sealed.length < SEAL_SIZE) return undefined;
  const secrets = deriveSecrets(info, own, sender, Buffer.concat([own.publicKey, sender]));
  if (secrets === undefined) return undefined;
  const decipher = createDecipheriv(CIPHER, secrets.key, secrets.nonce, { authTagLength: SEAL_SIZE });
  const size = sealed.length - SEAL_SIZE;
  decipher.setAAD(associated, { plaintextLength: size });
  decipher.setAuthTag(sealed.subarray(size));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, size)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Key and nonce of one content. Undefined: the peer's key is not valid. @param salt The reader's key, and then the sender's */
function deriveSecrets(
  info: string,
  { privateKey }: ExchangeKey,
  peer: Uint8Array,
  salt: Uint8Array,
): { readonly key: Buffer; readonly nonce: Buffer } | undefined {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI_HEAD, peer]), format: "der", type: "spki" });
    const shared = diffieHellman({ privateKey, publicKey });
    const secrets = Buffer.from(hkdfSync("sha256", shared, salt, info, EXCHANGE_KEY_SIZE + NONCE_SIZE));
    return { key: secrets.subarray(0, EXCHANGE_KEY_SIZE), nonce: secrets.subarray(EXCHANGE_KEY_SIZE) };
  } catch {
    return undefined;
  }
}
