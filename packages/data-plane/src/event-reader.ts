/** Reads what data threads write: events as bytes, one behind the other. */

/** A connection has ended by itself. */
export interface CloseEvent {
  readonly kind: "closed";
  readonly cause: "peer" | "local" | "idle" | "reset";
  readonly isApplication: boolean;
  readonly code: number;
  readonly reason: string;
}

const causes = ["peer", "local", "idle", "reset"] as const;
const decoder = new TextDecoder();

/**
 * Reads events until there are no more, or until one makes no sense (false); bytes in them are views. Nothing throws but
 * `handleEvent`.
 */
export function readEvents<Event>(
  batch: Uint8Array,
  readEvent: (reader: EventReader) => Event | undefined,
  handleEvent: (event: Event) => void,
): boolean {
  const reader = new EventReader(batch);
  while (!reader.isAtEnd) {
    const event = readEvent(reader);
    if (event === undefined || reader.isBroken) return false;
    handleEvent(event);
  }
  return true;
}

/** Undefined: the cause is none that is known. */
export function readClose(reader: EventReader): CloseEvent | undefined {
  const cause = causes[reader.uint8()];
  const isApplication = reader.uint8() !== 0;
  const code = reader.float64();
  const reason = reader.text();
  return cause && { kind: "closed", cause, isApplication, code, reason };
}

/** Reads zeros and nothing beyond the end, and is broken then. */
export class EventReader {
  isBroken = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
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

  bytes(): Uint8Array {
    const length = this.uint32();
    return this.#take(length) ? this.#bytes.subarray(this.#at - length, this.#at) : this.#bytes.subarray(0, 0);
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  address(): { host: string; port: number } {
    const port = this.uint16();
    return { host: this.text(), port };
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
