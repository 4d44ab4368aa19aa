/**
 * Sealing for agents that share a process: a public key is the hash of a private one, a secret of two is the hash of both public keys, and a cipher vouches for its content and hides
 * nothing. Whoever sees the public keys could open what is sealed, and nobody in a simulation tries: sealing has tests of its own, and a thousand agents spend a third of their time on it.
 */
import crypto, { hash, type KeyObject } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const { createPrivateKey, createPublicKey, diffieHellman, hkdfSync, createCipheriv, createDecipheriv } = crypto;

/** RFC 8410: what stands before the 32 octets of a key, private and public. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");
const KEY_SIZE = 32;
const TAG_SIZE = 16;
const SEALING_CIPHER = "chacha20-poly1305";

/** A key that stands for one of `node:crypto`, as far as sealing uses it. */
class HashedKey {
  readonly octets: Buffer;

  constructor(octets: Buffer) {
    this.octets = octets;
  }

  export(): Buffer {
    return Buffer.concat([SPKI_HEAD, this.octets]);
  }
}

/** A cipher and a decipher in one. */
class HashedCipher {
  readonly #parts: Uint8Array[];
  #expected: Uint8Array | undefined;

  constructor(key: Uint8Array, nonce: Uint8Array) {
    this.#parts = [key, nonce];
  }

  setAAD(octets: Uint8Array): void {
    this.#parts.push(octets);
  }

  setAuthTag(tag: Uint8Array): void {
    this.#expected = tag;
  }

  update(content: Uint8Array): Uint8Array {
    this.#parts.push(content);
    return content;
  }

  final(): Uint8Array {
    if (this.#expected !== undefined && !this.getAuthTag().equals(this.#expected)) throw new Error("another content");
    return new Uint8Array(0);
  }

  getAuthTag(): Buffer {
    return hash("sha256", Buffer.concat(this.#parts), "buffer").subarray(0, TAG_SIZE);
  }
}

/** Has all of this process seal so until the returned function is called. */
export function hashSealing(): () => void {
  const publicKeyOf = crypto.createPublicKey;
  crypto.createPrivateKey = ((input: Parameters<typeof createPrivateKey>[0]) => {
    const secret = behind(PKCS8_HEAD, input);
    return secret === undefined ? createPrivateKey(input) : new HashedKey(hash("sha256", secret, "buffer"));
  }) as unknown as typeof createPrivateKey;
  crypto.createPublicKey = ((input: Parameters<typeof createPublicKey>[0]) => {
    if (input instanceof HashedKey) return input;
    const octets = behind(SPKI_HEAD, input);
    return octets === undefined ? publicKeyOf(input) : new HashedKey(octets);
  }) as unknown as typeof createPublicKey;
  crypto.diffieHellman = (options: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }) => {
    const [own, other] = [options.privateKey, options.publicKey] as unknown as readonly [HashedKey, HashedKey];
    const both = Buffer.compare(own.octets, other.octets) < 0 ? [own.octets, other.octets] : [other.octets, own.octets];
    return hash("sha256", Buffer.concat(both), "buffer");
  };
  crypto.hkdfSync = ((_hash: string, secret: Buffer, salt: Buffer, info: string, size: number) =>
    hash("sha512", Buffer.concat([secret, salt, Buffer.from(info)]), "buffer").subarray(
      0,
      size,
    )) as unknown as typeof hkdfSync;
  crypto.createCipheriv = hashedIn(createCipheriv);
  crypto.createDecipheriv = hashedIn(createDecipheriv);
  syncBuiltinESMExports();
  return () => {
    const former = { createPrivateKey, createPublicKey: publicKeyOf, diffieHellman, hkdfSync };
    Object.assign(crypto, { ...former, createCipheriv, createDecipheriv });
    syncBuiltinESMExports();
  };
}

/** Makes ciphers of sealing so, and others as they are made. */
function hashedIn<Make extends typeof createCipheriv | typeof createDecipheriv>(make: Make): Make {
  const hashed = (name: string, key: Uint8Array, nonce: Uint8Array, ...more: unknown[]): unknown =>
    name === SEALING_CIPHER
      ? new HashedCipher(key, nonce)
      : (make as (...all: unknown[]) => unknown)(name, key, nonce, ...more);
  return hashed as unknown as Make;
}

/** The octets of a key behind its head; undefined: it is another key. */
function behind(head: Buffer, input: unknown): Buffer | undefined {
  const { key } = input as { readonly key?: unknown };
  if (!Buffer.isBuffer(key) || key.length !== head.length + KEY_SIZE) return undefined;
  return key.subarray(0, head.length).equals(head) ? key.subarray(head.length) : undefined;
}
