import { HIDDEN_STREAM_COST, PIECE_COST, SMALL_PIECE } from "../limits.ts";
import { PieceCosts } from "./piece-costs.ts";
import { ReceivedRanges } from "./received-ranges.ts";

/**
 * Counts the memory that a stream hides from its application, in bytes: bytes beyond gaps, and the cost of small
 * pieces. An engine keeps each frame until all of it was read. Pure.
 */
export class StreamLedger {
  readonly #ranges = new ReceivedRanges();
  #read = 0;
  #hasBegun = false;
  /** Costs of pieces beyond a gap, and of pieces that can be read. */
  readonly #costsBeyond = new PieceCosts();
  readonly #costsInOrder = new PieceCosts();

  get hidden(): number {
    const costs = this.#costsBeyond.sum + this.#costsInOrder.sum;
    return this.#ranges.beyond + costs + (this.#hasBegun ? 0 : HIDDEN_STREAM_COST);
  }

  /** The part of `hidden` that only waits for the application: the cost of small pieces in order. */
  get unread(): number {
    return this.#costsInOrder.sum;
  }

  get gaps(): number {
    return this.#ranges.gaps;
  }

  handleFrame(offset: number, length: number): void {
    if (offset === 0) this.#hasBegun = true;
    if (length === 0) return;
    const end = offset + length;
    const { front } = this.#ranges;
    const added = this.#ranges.add(offset, end);
    this.#handleFront(front);
    // A frame that is mostly new costs what it holds. Of any other, quiche keeps the whole frame for the sake of its
    // new bytes.
    if (added === 0 || (added >= SMALL_PIECE && 2 * added >= length)) return;
    const costs = end <= this.#ranges.front ? this.#costsInOrder : this.#costsBeyond;
    costs.add(end, PIECE_COST * this.#ranges.pieces + length - added);
  }

  handleRead(length: number): void {
    this.#hasBegun = true;
    const from = this.#read;
    const { front } = this.#ranges;
    this.#read += length;
    this.#ranges.advance(this.#read);
    this.#handleFront(front);
    if (this.#read >= this.#ranges.highest) this.#costsInOrder.releaseAll();
    else this.#costsInOrder.release(from, this.#read);
  }

  /** Pieces beyond a gap that the front has passed are in order now. */
  #handleFront(from: number): void {
    if (this.#ranges.gaps === 0) this.#costsBeyond.releaseAll(this.#costsInOrder);
    else this.#costsBeyond.release(from, this.#ranges.front, this.#costsInOrder);
  }
}
