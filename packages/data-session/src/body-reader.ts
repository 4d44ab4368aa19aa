import { readUint16, readUint32, readUint64 } from "@florenetes/wire-values";
import { SessionCode, Violation } from "./codes.ts";
import { NUMBER_MAX, TEXT_SIZE_MAX } from "./limits.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the fields of one frame's body in order. A body that ends too early, or a value that no field may have, is a `Violation`. */
export class BodyReader {
  readonly #frame: string;
  readonly #body: Uint8Array;
  #at = 0;

  /** @param frame The name of the frame, for error texts. */
  constructor(frame: string, body: Uint8Array) {
    this.#frame = frame;
    this.#body = body;
  }

  /** Octets that are not read yet. */
  get left(): number {
    return this.#body.length - this.#at;
  }

  uint8(): number {
    return this.#body[this.#skip(1)]!;
  }

  uint16(): number {
    return readUint16(this.#body, this.#skip(2));
  }

  uint32(): number {
    return readUint32(this.#body, this.#skip(4));
  }

  uint64(): number {
    const value = readUint64(this.#body, this.#skip(8));
    if (value > NUMBER_MAX) throw this.malformed("has a number above 2^53 - 1");
    return value;
  }

  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#body.subarray(at, at + length);
  }

  /** All remaining bytes: a view. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  text(sizeMax: number = TEXT_SIZE_MAX): string {
    const size = this.uint8();
    if (size > sizeMax) throw this.malformed(`has a text of ${size} octets, at most ${sizeMax} are allowed`);
    try {
      return utf8.decode(this.bytes(size));
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw this.malformed("has a text that is not UTF-8");
    }
  }

  malformed(fault: string): Violation {
    return new Violation(SessionCode.malformed, `${this.#frame} ${fault}`);
  }

  #skip(length: number): number {
    const at = this.#at;
    if (at + length > this.#body.length) throw this.malformed("ends too early");
    this.#at = at + length;
    return at;
  }
}
