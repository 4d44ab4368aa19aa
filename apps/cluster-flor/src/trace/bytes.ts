import { TOLD_NAME_SIZE_MAX } from "./limits.ts";

const decoder = new TextDecoder();

/** Appends numbers, in network byte order, and texts. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  /** @param size Bytes of the number, which is not negative and a safe integer. */
  int(value: number, size: number): this {
    for (let at = size - 1; at >= 0; at--) this.#bytes.push(Math.floor(value / 256 ** at) % 256);
    return this;
  }

  /** A text behind its length (1); what is too long is cut. */
  text(text: string): this {
    const bytes = Buffer.from(text).subarray(0, TOLD_NAME_SIZE_MAX);
    this.#bytes.push(bytes.length, ...bytes);
    return this;
  }

  /** Bytes as they are: their length stands elsewhere. */
  bytes(bytes: Uint8Array): this {
    this.#bytes.push(...bytes);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Reads what `ByteWriter` writes; zeros and nothing beyond the end, and is broken then. */
export class ByteReader {
  isBroken = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  int(size: number): number {
    return this.bytes(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  text(): string {
    return decoder.decode(this.bytes(this.int(1)));
  }

  bytes(length: number): Uint8Array {
    if (this.isBroken || length > this.#bytes.length - this.#at) {
      this.isBroken = true;
      return new Uint8Array(0);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.isBroken ? 0 : this.#bytes.length - this.#at);
  }
}
