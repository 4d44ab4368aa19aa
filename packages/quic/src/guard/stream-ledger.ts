import { hiddenStreamCost, pieceCost, smallPiece } from "../limits.ts";
import { ReceivedRanges } from "./received-ranges.ts";

/** Offsets whose small pieces are counted together. */
const bucketSize = 4_096;

/**
 * What a stream hides from its application, in bytes of memory: what lies beyond gaps, and what small pieces cost beside their
 * bytes. An engine keeps each frame until all of it was read. Pure.
 */
export class StreamLedger {
  readonly #ranges = new ReceivedRanges();
  #read = 0;
  #hasBegun = false;
  /** What pieces cost, by where they end: each was read when all of its bucket was. */
  #pieces: Map<number, number> | undefined;
  #piecesCost = 0;

  get hidden(): number {
    return this.#ranges.beyond + this.#piecesCost + (this.#hasBegun ? 0 : hiddenStreamCost);
  }

  get gaps(): number {
    return this.#ranges.gaps;
  }

  handleFrame(offset: number, length: number): void {
    if (offset === 0) this.#hasBegun = true;
    if (length === 0) return;
    const end = offset + length;
    const added = this.#ranges.add(offset, end);
    // What brings much is kept as it came; of anything else quiche keeps the whole frame for the sake of what is new in it.
    if (added === 0 || (added >= smallPiece && 2 * added >= length)) return;
    const cost = pieceCost * this.#ranges.pieces + length - added;
    const bucket = Math.floor(end / bucketSize);
    this.#pieces ??= new Map();
    this.#pieces.set(bucket, (this.#pieces.get(bucket) ?? 0) + cost);
    this.#piecesCost += cost;
  }

  handleRead(length: number): void {
    this.#hasBegun = true;
    const from = this.#read;
    this.#read += length;
    this.#ranges.advance(this.#read);
    if (this.#pieces !== undefined && this.#piecesCost > 0) this.#release(this.#pieces, from);
  }

  #release(pieces: Map<number, number>, from: number): void {
    if (this.#read >= this.#ranges.highest) {
      pieces.clear();
      this.#piecesCost = 0;
      return;
    }
    const end = Math.floor(this.#read / bucketSize);
    for (let bucket = Math.floor(from / bucketSize); bucket < end; bucket++) {
      const cost = pieces.get(bucket);
      if (cost === undefined) continue;
      pieces.delete(bucket);
      this.#piecesCost -= cost;
    }
  }
}
