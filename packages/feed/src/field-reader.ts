import { readUint16, readUint32, readUint64 } from "@florenetes/wire-values";
import { FeedCode, Violation } from "./codes.ts";
import { NUMBER_MAX } from "./limits.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the fields of a body, one behind the other. Each method throws a Violation when the field is not there, or not in order. */
export class FieldReader {
  readonly #name: string;
  readonly #body: Uint8Array;
  #at = 0;

  /** @param name The message's name, for the sentences of violations. */
  constructor(name: string, body: Uint8Array) {
    this.#name = name;
    this.#body = body;
  }

  uint8(): number {
    return this.octets(1)[0]!;
  }

  uint16(): number {
    return readUint16(this.octets(2), 0);
  }

  uint32(): number {
    return readUint32(this.octets(4), 0);
  }

  /** A number of 64 bits, at most 2^53 - 1. */
  number(): number {
    const value = readUint64(this.octets(8), 0);
    if (value > NUMBER_MAX) throw this.malformed("has a number above 2^53 - 1");
    return value;
  }

  hex(size: number): string {
    return Buffer.from(this.octets(size)).toString("hex");
  }

  text(): string {
    const octets = this.octets(this.uint8());
    try {
      return utf8.decode(octets);
    } catch {
      throw this.malformed("has a text that is no UTF-8");
    }
  }

  /** A view of the body. */
  octets(size: number): Uint8Array {
    const end = this.#at + size;
    if (end > this.#body.length) throw this.malformed("ends before its last field");
    const octets = this.#body.subarray(this.#at, end);
    this.#at = end;
    return octets;
  }

  /** How many octets are left. */
  get left(): number {
    return this.#body.length - this.#at;
  }

  /** All octets that are left, as a view of the body. */
  rest(): Uint8Array {
    return this.octets(this.left);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.#at < this.#body.length) throw this.malformed("has octets behind its last field");
  }

  malformed(predicate: string): Violation {
    return new Violation(FeedCode.malformed, `${this.#name} ${predicate}`);
  }
}
