/**
 * Seals content for one reader: X25519 (RFC 7748) with a key made for this content, HKDF-SHA256 (RFC 5869), and ChaCha20-Poly1305
 * (RFC 8439), as the answers of traces are sealed. Each key is used once, so that the nonce comes out of the same derivation.
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
import { KEY_SIZE, SEAL_SIZE } from "./limits.ts";

export interface ExchangeKey {
  readonly privateKey: KeyObject;
  /** 64 lower-case hex digits. */
  readonly publicKey: string;
}

/** The info of the derivation, so that a letter is never taken for an answer. */
export type Purpose = "florenetes mail 1" | "florenetes mail answer 1";

const NONCE_SIZE = 12;
const CIPHER = "chacha20-poly1305";
/** RFC 8410: what stands before the 32 octets of a key, private and public. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

/** @param secret Its 32 random octets */
export function makeExchangeKey(secret: Uint8Array): ExchangeKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: spki.toString("hex", SPKI_HEAD.length) };
}

/**
 * Seals content for the holder of a key.
 *
 * @param own A key that seals nothing else
 * @returns Undefined: the reader's key is one of the few with which all secrets are alike
 */
export function seal(
  purpose: Purpose,
  reader: string,
  own: ExchangeKey,
  associated: Uint8Array,
  content: Uint8Array,
): Uint8Array | undefined {
  const secrets = deriveSecrets(purpose, own, reader, reader, own.publicKey);
  if (secrets === undefined) return undefined;
  const cipher = createCipheriv(CIPHER, secrets.key, secrets.nonce, { authTagLength: SEAL_SIZE });
  cipher.setAAD(associated, { plaintextLength: content.length });
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** The content that was sealed by `sender` for the own key; undefined: it was not, or is damaged. */
export function open(
  purpose: Purpose,
  own: ExchangeKey,
  sender: string,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  if (sealed.length < SEAL_SIZE) return undefined;
  const secrets = deriveSecrets(purpose, own, sender, own.publicKey, sender);
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

function deriveSecrets(
  purpose: Purpose,
  { privateKey }: ExchangeKey,
  peer: string,
  reader: string,
  sender: string,
): { readonly key: Buffer; readonly nonce: Buffer } | undefined {
  try {
    const spki = Buffer.concat([SPKI_HEAD, Buffer.from(peer, "hex")]);
    const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
    const shared = diffieHellman({ privateKey, publicKey });
    const salt = Buffer.from(reader + sender, "hex");
    const secrets = Buffer.from(hkdfSync("sha256", shared, salt, purpose, KEY_SIZE + NONCE_SIZE));
    return { key: secrets.subarray(0, KEY_SIZE), nonce: secrets.subarray(KEY_SIZE) };
  } catch {
    return undefined;
  }
}
