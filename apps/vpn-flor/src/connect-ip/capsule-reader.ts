import { CapsuleType } from "./capsules.ts";
import { CAPSULE_SIZE_MAX } from "./limits.ts";
import { readVarint, varintSize } from "./varint.ts";

export interface Capsule {
  readonly type: number;
  /** A view, which is valid until the next read. */
  readonly value: Uint8Array;
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(CapsuleType));
/** Type and length, of eight bytes each. */
const HEAD_SIZE_MAX = 16;

/**
 * Reads capsules out of a stream (RFC 9297, 3.2). Unknown ones are skipped without being kept, however long they are. Of a known
 * one at most `CAPSULE_SIZE_MAX` bytes are kept: a longer one is refused as soon as its length is there. Each byte is copied once,
 * however small the pieces are in which a peer sends.
 */
export class CapsuleReader {
  /** The head of a capsule, and the value of a known one, as far as they have come. */
  #kept: Uint8Array = new Uint8Array(HEAD_SIZE_MAX);
  #length = 0;
  /** So many bytes are wanted before the capsule can be looked at again. */
  #wanted = 1;
  /** Bytes of an unknown capsule that are still to come. */
  #skip = 0;

  /**
   * Takes the stream's next bytes, and calls `onCapsule` for each capsule that has become whole.
   *
   * @returns "tooLong" when a known capsule is longer than it may be: the stream cannot be read any further
   */
  read(bytes: Uint8Array, onCapsule: (capsule: Capsule) => void): "tooLong" | undefined {
    for (let at = 0; at < bytes.length;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(this.#wanted - this.#length, bytes.length - at);
      this.#kept.set(bytes.subarray(at, at + taken), this.#length);
      this.#length += taken;
      at += taken;
      if (this.#length === this.#wanted && this.#look(onCapsule) === "tooLong") return "tooLong";
    }
    return undefined;
  }

  /** Whether the stream may end here: no capsule is cut. */
  get isWhole(): boolean {
    return this.#length === 0 && this.#skip === 0;
  }

  /** Looks at what has come, and says how much is wanted next. */
  #look(onCapsule: (capsule: Capsule) => void): "tooLong" | undefined {
    const lengthAt = varintSize(this.#kept[0]!);
    if (this.#length <= lengthAt) return this.#want(lengthAt + 1);
    const start = lengthAt + varintSize(this.#kept[lengthAt]!);
    if (this.#length < start) return this.#want(start);
    const type = readVarint(this.#kept, 0);
    const length = readVarint(this.#kept, lengthAt);
    if (!KNOWN.has(type)) {
      this.#skip = length;
      return this.#begin();
    }
    if (length > CAPSULE_SIZE_MAX) return "tooLong";
    if (this.#length < start + length) return this.#want(start + length);
    onCapsule({ type, value: this.#kept.subarray(start, this.#length) });
    return this.#begin();
  }

  #want(length: number): undefined {
    this.#wanted = length;
    if (length <= this.#kept.length) return;
    const larger = new Uint8Array(length);
    larger.set(this.#kept);
    this.#kept = larger;
  }

  #begin(): undefined {
    this.#length = 0;
    this.#wanted = 1;
    // Sessions are many, and long capsules few: the room for one is not kept.
    if (this.#kept.length > HEAD_SIZE_MAX) this.#kept = new Uint8Array(HEAD_SIZE_MAX);
  }
}
