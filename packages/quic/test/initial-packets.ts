import { createCipheriv, createHmac } from "node:crypto";

/** The salt of RFC 9001, 5.2. */
const initialSalt = Buffer.from("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "hex");

/** Writes a client's Initial packets with any frames, as an attacker without a certificate can: their keys follow from what is on the wire. */
export class InitialPackets {
  readonly #destinationId: Uint8Array;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #headerKey: Buffer;
  #number = 0;

  constructor(destinationId: Uint8Array) {
    this.#destinationId = destinationId;
    const secret = expandLabel(hmac(initialSalt, destinationId), "client in", 32);
    this.#key = expandLabel(secret, "quic key", 16);
    this.#iv = expandLabel(secret, "quic iv", 12);
    this.#headerKey = expandLabel(secret, "quic hp", 16);
  }

  /** The next packet (RFC 9000, 17.2.2), without a token and with a packet number of four octets. */
  next(frames: Uint8Array): Uint8Array {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(this.#number++);
    const length = number.length + frames.length + 16;
    const id = this.#destinationId;
    const head = Buffer.concat([
      Buffer.of(0xc3, 0, 0, 0, 1, id.length),
      id,
      Buffer.of(0, 0, 0x40 | (length >> 8), length & 0xff),
      number,
    ]);
    const nonce = Buffer.from(this.#iv);
    number.forEach((octet, i) => (nonce[8 + i]! ^= octet));
    const cipher = createCipheriv("aes-128-gcm", this.#key, nonce).setAAD(head);
    const sealed = Buffer.concat([cipher.update(frames), cipher.final(), cipher.getAuthTag()]);
    const mask = createCipheriv("aes-128-ecb", this.#headerKey, null).update(sealed.subarray(0, 16));
    head[0]! ^= mask[0]! & 0x0f;
    for (let i = 0; i < 4; i++) head[head.length - 4 + i]! ^= mask[1 + i]!;
    return Buffer.concat([head, sealed]);
  }
}

/** CRYPTO frames (RFC 9000, 19.6) of one octet each with an octet missing after it, from an offset on: as many as `size` holds. */
export function sparseCrypto(offset: number, size: number): Uint8Array {
  const frames = Buffer.alloc(size);
  for (let at = 0; at + 7 <= size; at += 7, offset += 2) {
    frames[at] = 0x06;
    frames.writeUInt32BE((0x8000_0000 | offset) >>> 0, at + 1);
    frames[at + 5] = 1;
  }
  return frames;
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** HKDF-Expand-Label (RFC 8446, 7.1), of at most one block. */
function expandLabel(secret: Uint8Array, label: string, length: number): Buffer {
  const text = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, length, text.length), text, Buffer.of(0)]);
  return hmac(secret, Buffer.concat([info, Buffer.of(1)])).subarray(0, length);
}
