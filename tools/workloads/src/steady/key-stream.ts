import { createCipheriv } from "node:crypto";

/** Bytes of a checked upload that are answered with one byte. */
export const ANSWERED_SIZE = 16_384;

/** An endless stream of bytes that look random and are the same every time: AES-CTR under a fixed key. */
export class KeyStream {
  readonly #cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16, 9));
  #zeros = Buffer.alloc(ANSWERED_SIZE);

  next(size: number): Buffer {
    if (size > this.#zeros.length) this.#zeros = Buffer.alloc(size);
    return this.#cipher.update(this.#zeros.subarray(0, size));
  }
}
