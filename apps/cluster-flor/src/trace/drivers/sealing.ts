/**
 * Seals an answer to the key of its question: X25519 (RFC 7748) with a key made for this answer, HKDF-SHA256 (RFC 5869), and
 * ChaCha20-Poly1305 (RFC 8439). Each key is used once, so that the nonce comes out of the same derivation.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from "node:crypto";
import { type ExchangeKey, SEAL_SIZE, type TraceSealing } from "../sealing.ts";

const KEY_SIZE = 32;
const NONCE_SIZE = 12;
const TAG_SIZE = SEAL_SIZE;
const CIPHER = "chacha20-poly1305";
const INFO = "florenetes trace answer 1";
/** RFC 8410: what stands before the 32 bytes of a key, private and public. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

interface X25519Key extends ExchangeKey {
  readonly privateKey: KeyObject;
}

/** @param randomBytes Secure ones. */
export function nodeSealing(randomBytes: (size: number) => Uint8Array): TraceSealing<X25519Key> {
  const makeKey = (): X25519Key => makeExchangeKey(randomBytes(KEY_SIZE));
  return { makeKey, digest: digestAnswer, seal: sealAnswer, open: openAnswer };
}

/** @param secret Its 32 random bytes. */
function makeExchangeKey(secret: Uint8Array): X25519Key {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: Uint8Array.from(spki.subarray(SPKI_HEAD.length)) };
}

function digestAnswer(asked: Uint8Array, head: Uint8Array, told: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(asked).update(head).update(told).digest());
}

function sealAnswer(own: X25519Key, asked: Uint8Array, head: Uint8Array, content: Uint8Array): Uint8Array | undefined {
  const secrets = deriveSecrets(own, asked, asked, own.publicKey);
  if (secrets === undefined) return undefined;
  const cipher = createCipheriv(CIPHER, secrets.key, secrets.nonce, { authTagLength: TAG_SIZE });
  cipher.setAAD(head, { plaintextLength: content.length });
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function openAnswer(
  own: X25519Key,
  answering: Uint8Array,
  head: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < TAG_SIZE) return undefined;
  const secrets = deriveSecrets(own, answering, own.publicKey, answering);
  if (secrets === undefined) return undefined;
  const decipher = createDecipheriv(CIPHER, secrets.key, secrets.nonce, { authTagLength: TAG_SIZE });
  const size = sealed.length - TAG_SIZE;
  decipher.setAAD(head, { plaintextLength: size });
  decipher.setAuthTag(sealed.subarray(size));
  try {
    return Uint8Array.from(Buffer.concat([decipher.update(sealed.subarray(0, size)), decipher.final()]));
  } catch {
    return undefined;
  }
}

/** Undefined: the peer's key is one of the few with which all secrets are alike. */
function deriveSecrets(
  { privateKey }: X25519Key,
  peer: Uint8Array,
  asked: Uint8Array,
  answering: Uint8Array,
): { readonly key: Buffer; readonly nonce: Buffer } | undefined {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI_HEAD, peer]), format: "der", type: "spki" });
    const shared = diffieHellman({ privateKey, publicKey });
    const salt = Buffer.concat([asked, answering]);
    const secrets = Buffer.from(hkdfSync("sha256", shared, salt, INFO, KEY_SIZE + NONCE_SIZE));
    return { key: secrets.subarray(0, KEY_SIZE), nonce: secrets.subarray(KEY_SIZE) };
  } catch {
    return undefined;
  }
}
