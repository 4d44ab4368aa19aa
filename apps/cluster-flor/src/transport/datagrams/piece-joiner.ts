import type { MemoryBudget } from "../streams/memory-budget.ts";
import type { DatagramDrops } from "./flow-account.ts";
import type { PiecePlace } from "./flow-datagram.ts";
import { DATAGRAM_COST, DATAGRAM_SIZE_MAX, UNFINISHED_BYTES_MAX, UNFINISHED_MAX, UNFINISHED_MS_MAX } from "./limits.ts";

/** The cost of an empty place for a piece. */
const PLACE_COST = 8;

/** A datagram some of whose pieces are missing. */
interface Unfinished {
  readonly flow: number;
  readonly number: number;
  readonly pieces: (Uint8Array | undefined)[];
  readonly until: number;
  readonly drops: DatagramDrops;
  missing: number;
  size: number;
  held: number;
}

/**
 * Joins the pieces that come for the flows of one connection. Datagrams that are not complete in time, or exceed the
 * bounds, are given up: the oldest first.
 */
export class PieceJoiner {
  readonly #budget: MemoryBudget;
  /** Unfinished datagrams of each flow, in the order in which they began. */
  readonly #flows = new Map<number, Unfinished[]>();
  /** All unfinished datagrams, in the order in which they began. */
  readonly #all = new Set<Unfinished>();
  #held = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Bytes of all pieces, with the cost of their places. */
  get held(): number {
    return this.#held;
  }

  /** Takes a piece, and keeps its bytes; returns the datagram when it is complete now. */
  add(flow: number, place: PiecePlace, bytes: Uint8Array, drops: DatagramDrops, now: number): Uint8Array | undefined {
    this.handleTimeout(now);
    const unfinished = this.#find(flow, place.number) ?? this.#begin(flow, place, drops, now);
    if (unfinished === undefined) return undefined;
    const { pieces } = unfinished;
    const isFitting = pieces.length === place.last + 1 && pieces[place.index] === undefined;
    if (!isFitting || unfinished.size + bytes.length > DATAGRAM_SIZE_MAX) {
      drops.malformed++;
      return undefined;
    }
    pieces[place.index] = bytes;
    unfinished.missing--;
    unfinished.size += bytes.length;
    this.#change(unfinished, bytes.length);
    if (unfinished.missing === 0) {
      this.#forget(unfinished);
      return joined(unfinished);
    }
    this.#makeRoom();
    return undefined;
  }

  /** The flow is over. */
  remove(flow: number): void {
    for (const unfinished of this.#flows.get(flow)?.slice() ?? []) this.#giveUp(unfinished);
  }

  clear(): void {
    for (const unfinished of this.#all) this.#giveUp(unfinished);
  }

  handleTimeout(now: number): void {
    for (const unfinished of this.#all) {
      if (unfinished.until > now) return;
      this.#giveUp(unfinished);
    }
  }

  nextTimeout(): number {
    for (const { until } of this.#all) return until;
    return Number.POSITIVE_INFINITY;
  }

  #find(flow: number, number: number): Unfinished | undefined {
    return this.#flows.get(flow)?.find((unfinished) => unfinished.number === number);
  }

  #begin(flow: number, { number, last }: PiecePlace, drops: DatagramDrops, now: number): Unfinished | undefined {
    if (this.#budget.isSpent) {
      drops.noRoom++;
      return undefined;
    }
    const pieces = Array.from({ length: last + 1 }, () => undefined);
    const until = now + UNFINISHED_MS_MAX;
    const unfinished: Unfinished = { flow, number, pieces, until, drops, missing: last + 1, size: 0, held: 0 };
    const others = this.#flows.get(flow) ?? [];
    if (others.length === 0) this.#flows.set(flow, others);
    others.push(unfinished);
    this.#all.add(unfinished);
    this.#change(unfinished, DATAGRAM_COST + PLACE_COST * pieces.length);
    if (others.length > UNFINISHED_MAX) this.#giveUp(others[0]!);
    return unfinished;
  }

  #makeRoom(): void {
    for (const unfinished of this.#all) {
      if (this.#held <= UNFINISHED_BYTES_MAX) return;
      this.#giveUp(unfinished);
    }
  }

  #giveUp(unfinished: Unfinished): void {
    unfinished.drops.unfinished++;
    this.#forget(unfinished);
  }

  #forget(unfinished: Unfinished): void {
    const { flow, held } = unfinished;
    this.#all.delete(unfinished);
    const others = this.#flows.get(flow)!;
    others.splice(others.indexOf(unfinished), 1);
    if (others.length === 0) this.#flows.delete(flow);
    this.#change(unfinished, -held);
  }

  #change(unfinished: Unfinished, cost: number): void {
    unfinished.held += cost;
    this.#held += cost;
    this.#budget.change(cost);
  }
}

function joined({ pieces, size }: Unfinished): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece!, at);
    at += piece!.length;
  }
  return bytes;
}
