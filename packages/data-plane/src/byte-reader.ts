import { type NativeTransitRows, readTransitRows } from "./lane-transit.ts";

const decoder = new TextDecoder();

/** The number for no service, no connection, no link and no word. */
const NONE = 0xffff_ffff;
const NO_BYTE = 0xff;

/** Reads what data threads write, as `ToBytes` of native/lane has it: zeros and nothing beyond the end, and is broken then. */
export class ByteReader {
  isBroken = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // The addon gives Buffers, whose `slice` would be a view as well.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  uint8(): number {
    return this.#take(1) ? this.#view.getUint8(this.#at - 1) : 0;
  }

  uint16(): number {
    return this.#take(2) ? this.#view.getUint16(this.#at - 2) : 0;
  }

  uint32(): number {
    return this.#take(4) ? this.#view.getUint32(this.#at - 4) : 0;
  }

  float64(): number {
    return this.#take(8) ? this.#view.getFloat64(this.#at - 8) : 0;
  }

  /** A view, also where a Buffer is read: `slice` of it is a copy. */
  bytes(): Uint8Array {
    const length = this.uint32();
    return this.#take(length) ? this.#bytes.subarray(this.#at - length, this.#at) : this.#bytes.subarray(0, 0);
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  flag(): boolean {
    return this.uint8() !== 0;
  }

  /** Reads a number below 2^53. */
  uint64(): number {
    return this.uint32() * 2 ** 32 + this.uint32();
  }

  uint8OrNone(): number | undefined {
    const number = this.uint8();
    return number === NO_BYTE ? undefined : number;
  }

  uint32OrNone(): number | undefined {
    const number = this.uint32();
    return number === NONE ? undefined : number;
  }

  /** -1: there is none. */
  link(): number {
    const link = this.uint32();
    return link === NONE ? -1 : link;
  }

  float64OrNone(): number | undefined {
    const number = this.float64();
    return number < 0 ? undefined : number;
  }

  /** Reads the number of one of these names. The reader is broken if no name has that number. */
  oneOf<const Names extends readonly [string, ...string[]]>(names: Names): Names[number] {
    const name = names[this.uint8()];
    this.isBroken ||= name === undefined;
    return name ?? names[0];
  }

  list<Each>(read: () => Each): Each[] {
    const length = this.uint32();
    const all: Each[] = [];
    while (all.length < length && !this.isBroken) all.push(read());
    return all;
  }

  /** Pairs of numbers, one behind the other. */
  pairs(): number[] {
    return this.list(() => [this.float64(), this.float64()]).flat();
  }

  /** Doubles of this machine's order, which are copied. */
  doubles(): Float64Array {
    const bytes = this.bytes();
    return new Float64Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  }

  transitRows(): NativeTransitRows {
    return readTransitRows(() => this.float64());
  }

  #take(length: number): boolean {
    if (this.isBroken || length > this.#bytes.length - this.#at) {
      this.isBroken = true;
      return false;
    }
    this.#at += length;
    return true;
  }
}
