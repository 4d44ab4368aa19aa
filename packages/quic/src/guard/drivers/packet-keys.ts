import { hmac, PacketCipher, type PacketOpener } from "@florenetes/native";

/** The parameters by which 1-RTT packets are sealed (RFC 9001, 5). */
export interface CipherSuite {
  readonly cipher: PacketCipher;
  readonly hash: "sha256" | "sha384";
  readonly keyLength: number;
}

const aes128: CipherSuite = { cipher: PacketCipher.aes128Gcm, hash: "sha256", keyLength: 16 };
const aes256: CipherSuite = { cipher: PacketCipher.aes256Gcm, hash: "sha384", keyLength: 32 };
const chacha20: CipherSuite = { cipher: PacketCipher.chacha20Poly1305, hash: "sha256", keyLength: 32 };

const SHA384_LENGTH = 48;
const IV_LENGTH = 12;

/**
 * The suites that a traffic secret can belong to: its length tells the hash. The first packet that opens tells the two
 * suites with SHA-256 apart.
 */
export function suitesOf(secret: Uint8Array): readonly CipherSuite[] {
  return secret.length === SHA384_LENGTH ? [aes256] : [aes128, chacha20];
}

/** RFC 9001, 5.1. */
export function packetKey(suite: CipherSuite, secret: Uint8Array): { readonly key: Buffer; readonly iv: Buffer } {
  return {
    key: expandLabel(suite, secret, "quic key", suite.keyLength),
    iv: expandLabel(suite, secret, "quic iv", IV_LENGTH),
  };
}

/** Sets the keys of a secret for the packets of a key phase. No other copy of the keys is left. */
export function setPacketKey(opener: PacketOpener, phase: 0 | 1, suite: CipherSuite, secret: Uint8Array): void {
  const { key, iv } = packetKey(suite, secret);
  opener.setKey(phase, key, iv);
  key.fill(0);
  iv.fill(0);
}

/** The header key (RFC 9001, 5.4.1), which stays the same through all key updates. */
export function headerKey(suite: CipherSuite, secret: Uint8Array): Buffer {
  return expandLabel(suite, secret, "quic hp", suite.keyLength);
}

/** The secret after a key update (RFC 9001, 6.1). */
export function nextSecret(suite: CipherSuite, secret: Uint8Array): Buffer {
  return expandLabel(suite, secret, "quic ku", secret.length);
}

/** HKDF-Expand-Label (RFC 8446, 7.1) without a context, of at most one block of the hash. */
function expandLabel(suite: CipherSuite, secret: Uint8Array, label: string, length: number): Buffer {
  const text = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, text.length), text, Buffer.of(0, 1)]);
  return hmac(suite.hash, secret, info).subarray(0, length);
}
