import { LABEL_MAX, labelOf, slotOf, grown, mix } from "@florenetes/forwarding";
import { GUESS_BUCKETS, GUESSES, GUESSES_PER_SECOND } from "./limits.ts";

/** The levels that guesses are counted on: an in-link, a vertex behind it, a vertex behind that. Each level
 *  has a quarter of the guesses of the level above it. */
const LEVELS = 3;
const SHARE = 4;
/** The cost of a guess on the first level, where a millisecond brings `GUESSES_PER_SECOND`: then all counts are integers, and another
 *  implementation comes to the same ones. On each further level it costs `SHARE` times as much. */
const GUESS = 1000;
const FULL: number = GUESSES * GUESS;
/** The place of the first in-link. */
const FIRST_LINK: number = (LEVELS - 1) * GUESS_BUCKETS;
/** Takes the place of a further vertex's label if there is none. */
const NO_LABEL = LABEL_MAX + 1;
/** Keeps what came in LSPs apart from what did not. */
const IN_LSP = LABEL_MAX + 2;

/**
 * Bounds how many labels that mean nothing here can be tried by one origin. Each label costs once, so that a neighbour with an old
 * config, which sends the same label for ever, uses up next to nothing. An origin that has tried too many gets no answer to packets
 * that would start something (`isBlind`), so that a right guess tells it nothing; transit and existing connections go on.
 *
 * The origin of a packet is its in-link, which is certain, and the two labels before its cursor: an honest neighbour wrote one of
 * them, and the vertex before the neighbour the other. A vertex can invent the labels of vertices behind it, but then it uses up the
 * share of its own level, which vertices beside it do not draw on.
 *
 * An LSP's label where it ends tells less, and so does what stands before it. If the neighbour wrote that label, the packet crossed the LSP with
 * words that its sender may have invented; if a vertex behind it did, the label itself is its sender's choice, and the word before is
 * sure. So a packet out of an LSP counts by both, each alone: by that word on the second level, and by the LSP's label on the third.
 */
export class LabelGuesses {
  readonly #seed: number;
  /** A bit for each label that was tried; made when the first one is. */
  #tried: Uint8Array | undefined;
  /** The rest that guesses may use up: for each level behind the first as many places as there are, found by a keyed hash; then the in-links. */
  #left: Float64Array;
  #filledAt: Float64Array;
  /** Indexes into `#left` and `#filledAt` for the packet in hand, by level. */
  readonly #places = new Int32Array(LEVELS);
  /** Guesses by the slot of the in-link. */
  counts: Float64Array;

  /** @param seed 32 random bits, so that nobody finds out which packets share a place. */
  constructor(seed: number) {
    this.#seed = seed;
    this.counts = new Float64Array(0);
    this.#left = new Float64Array(FIRST_LINK);
    this.#filledAt = new Float64Array(FIRST_LINK).fill(Number.NEGATIVE_INFINITY);
  }

  /** Forgets the guesses of a slot, which another link has from now on. */
  reset(slot: number): void {
    this.counts[slot] = 0;
    this.#left[FIRST_LINK + slot] = 0;
    this.#filledAt[FIRST_LINK + slot] = Number.NEGATIVE_INFINITY;
  }

  /** Makes room for so many slots of links. */
  grow(links: number): void {
    const known = this.counts.length;
    if (links <= known) return;
    this.counts = grown(this.counts, links);
    this.#left = grown(this.#left, FIRST_LINK + links);
    this.#filledAt = grown(this.#filledAt, FIRST_LINK + links).fill(Number.NEGATIVE_INFINITY, FIRST_LINK + known);
  }

  /**
   * Notes a label that means nothing on that in-link. True: with this guess there are too many.
   *
   * @param cameAt Where the packet's cursor is.
   * @param at Where the label stands: behind the cursor, if LSPs end before it.
   */
  handleUnknown(packet: Uint8Array, start: number, cameAt: number, at: number, inLink: number, now: number): boolean {
    const label = labelOf(packet, start, at);
    const [byte, bit] = [label >>> 3, 1 << (label & 7)];
    this.#tried ??= new Uint8Array((LABEL_MAX + 1) / 8);
    if ((this.#tried[byte]! & bit) !== 0) return false;
    this.#findPlaces(packet, start, cameAt, at, inLink);
    if (!this.#hasLeft(now)) return false;
    this.#tried[byte]! |= bit;
    this.counts[slotOf(inLink)]!++;
    let isLast = false;
    for (let level = 0, cost = GUESS; level < LEVELS; level++, cost *= SHARE) {
      const left = (this.#left[this.#places[level]!]! -= cost);
      if (left < cost) isLast = true;
    }
    return isLast;
  }

  /**
   * Whether the origin of a packet that is being delivered has made too many guesses.
   *
   * @param cameAt The place of its cursor when it came.
   * @param at The place of the label that it is delivered by.
   */
  isBlind(packet: Uint8Array, start: number, cameAt: number, at: number, inLink: number, now: number): boolean {
    if (this.#tried === undefined) return false;
    this.#findPlaces(packet, start, cameAt, at, inLink);
    return !this.#hasLeft(now);
  }

  #findPlaces(packet: Uint8Array, start: number, cameAt: number, at: number, inLink: number): void {
    const link = mix(this.#seed, inLink);
    const before = labelBefore(packet, start, cameAt);
    this.#places[0] = FIRST_LINK + slotOf(inLink);
    if (at === cameAt) {
      const neighbour = mix(link, before);
      this.#places[1] = placeOf(1, neighbour);
      this.#places[2] = placeOf(2, mix(neighbour, labelBefore(packet, start, cameAt - 1)));
    } else {
      const lsps = mix(link, IN_LSP);
      this.#places[1] = placeOf(1, mix(lsps, before));
      this.#places[2] = placeOf(2, mix(lsps, labelOf(packet, start, cameAt)));
    }
  }

  /** Refills the packet's places for the time that has passed. True: all of them have guesses left. */
  #hasLeft(now: number): boolean {
    const time = Math.floor(now);
    let hasLeft = true;
    for (let level = 0, cost = GUESS; level < LEVELS; level++, cost *= SHARE) {
      const place = this.#places[level]!;
      const earned = (time - this.#filledAt[place]!) * GUESSES_PER_SECOND;
      const left = Math.min(this.#left[place]! + earned, FULL);
      this.#left[place] = left;
      this.#filledAt[place] = time;
      if (left < cost) hasLeft = false;
    }
    return hasLeft;
  }
}

function placeOf(level: number, hash: number): number {
  return (level - 1) * GUESS_BUCKETS + ((hash >>> 0) % GUESS_BUCKETS);
}

function labelBefore(packet: Uint8Array, start: number, at: number): number {
  return at <= 0 ? NO_LABEL : labelOf(packet, start, at - 1);
}
