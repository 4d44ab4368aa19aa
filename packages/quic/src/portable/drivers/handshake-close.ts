import { createCipheriv } from "node:crypto";
import { PacketCipher } from "@florenetes/native";
import { type CipherSuite, headerKey, packetKey, suitesOf } from "../../guard/drivers/packet-keys.ts";
import { QUIC_VERSION } from "../../packet-header.ts";

/** RFC 9000, 17.2.4: a Handshake packet whose number has four octets. */
const FIRST_OCTET = 0xe3;
const NUMBER_LENGTH = 4;
/** Far above the numbers of quiche's own packets in a handshake of at most 40 KB: no nonce is used twice. */
const NUMBER = 0x1_0000;
const TAG_LENGTH = 16;
const SAMPLE_LENGTH = 16;

/** RFC 9000, 19.19: CONNECTION_CLOSE of QUIC itself; its code takes two octets here. */
const CLOSE_FRAME = 0x1c;
const TWO_OCTETS = 0x4000;

/** A connection's IDs, as the client has them. */
export interface ClientIds {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
}

/**
 * A client's packets that close its connection within the handshake, for a server that has none of its later keys. quiche makes none: with the
 * server's last flight it takes the handshake for complete, and closes in a packet that the server cannot read.
 *
 * @param secret the client's handshake traffic secret (RFC 8446, 7.1).
 * @param code of QUIC, below 2^14: 0x100 + n is TLS alert n.
 * @returns one packet, or two where the secret does not tell the cipher suite: the server can open one of them, most likely the last one.
 */
export function handshakeClosePackets(secret: Uint8Array, ids: ClientIds, code: number): readonly Uint8Array[] {
  const closing = (TWO_OCTETS | code) >>> 0;
  // The type of the frame that was to blame: none. The length of the reason: none.
  const frames = Buffer.of(CLOSE_FRAME, closing >>> 8, closing & 0xff, 0, 0);
  return suitesOf(secret)
    .map((suite) => seal(suite, secret, ids, frames))
    .toReversed();
}

function seal(suite: CipherSuite, secret: Uint8Array, { destination, source }: ClientIds, frames: Buffer): Uint8Array {
  const head = Buffer.alloc(5 + 1 + destination.length + 1 + source.length + 2 + NUMBER_LENGTH);
  head[0] = FIRST_OCTET;
  head.writeUInt32BE(QUIC_VERSION, 1);
  let at = 5;
  for (const id of [destination, source]) {
    head[at] = id.length;
    head.set(id, at + 1);
    at += 1 + id.length;
  }
  head.writeUInt16BE(TWO_OCTETS | (NUMBER_LENGTH + frames.length + TAG_LENGTH), at);
  head.writeUInt32BE(NUMBER, at + 2);
  const { key, iv } = packetKey(suite, secret);
  iv.writeUInt32BE((iv.readUInt32BE(iv.length - NUMBER_LENGTH) ^ NUMBER) >>> 0, iv.length - NUMBER_LENGTH);
  const sealed = encrypt(suite, key, iv, head, frames);
  const mask = maskOf(suite, secret, sealed.subarray(0, SAMPLE_LENGTH));
  head[0] ^= mask[0]! & 0x0f;
  for (let i = 0; i < NUMBER_LENGTH; i++) head[at + 2 + i]! ^= mask[1 + i]!;
  key.fill(0);
  return Buffer.concat([head, sealed]);
}

/** RFC 9001, 5.3. */
function encrypt({ cipher }: CipherSuite, key: Buffer, nonce: Buffer, head: Buffer, frames: Buffer): Buffer {
  const options = { authTagLength: TAG_LENGTH };
  const length = { plaintextLength: frames.length };
  const sealing =
    cipher === PacketCipher.chacha20Poly1305
      ? createCipheriv("chacha20-poly1305", key, nonce, options).setAAD(head, length)
      : createCipheriv(cipher === PacketCipher.aes128Gcm ? "aes-128-gcm" : "aes-256-gcm", key, nonce, options).setAAD(
          head,
        );
  return Buffer.concat([sealing.update(frames), sealing.final(), sealing.getAuthTag()]);
}

/** The mask of a header (RFC 9001, 5.4): the ciphertext that follows the first four octets behind where the number begins is its sample. */
function maskOf(suite: CipherSuite, secret: Uint8Array, sample: Buffer): Buffer {
  const key = headerKey(suite, secret);
  const { cipher } = suite;
  try {
    if (cipher === PacketCipher.chacha20Poly1305)
      return createCipheriv("chacha20", key, sample).update(Buffer.alloc(5));
    const name = cipher === PacketCipher.aes128Gcm ? "aes-128-ecb" : "aes-256-ecb";
    return createCipheriv(name, key, null).update(sample);
  } finally {
    key.fill(0);
  }
}
