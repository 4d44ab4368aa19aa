/** Which holders are asked first, and which are left alone for a time. Pure. */
import { FULL_MS, PAUSE_MS, PAUSE_MS_MAX, SLOW_MS, WRONG_MS, WRONG_SHARDS_MAX } from "./limits.ts";

/** How a holder stands with a client. */
export interface HolderStanding {
  readonly node: string;
  /** How long it is left alone yet, in milliseconds; 0: it is asked. */
  readonly pausedMs: number;
  /** How often it gave no answer, or nonsense. */
  readonly faults: number;
  /** Shards of which it gave other octets than their names say. */
  readonly wrong: number;
}

interface Standing {
  faults: number;
  wrong: number;
  /** Faults since it last answered. */
  inRow: number;
  pausedUntil: number;
  fullUntil: number;
  slowUntil: number;
}

/** Holders that fail come last for a pause that grows. No fault shuts one out: where it takes that holder, it is asked. */
export class HolderRanking {
  readonly #standings = new Map<string, Standing>();
  /** Until when a holder is asked last for a shard, by both. */
  readonly #wrong = new Map<string, number>();

  /** Takes who the holders are. Others are forgotten. */
  handleHolders(nodes: readonly string[]): void {
    for (const node of this.#standings.keys()) if (!nodes.includes(node)) this.#standings.delete(node);
    for (const node of nodes) if (!this.#standings.has(node)) this.#standings.set(node, newStanding());
  }

  /** A holder has answered, whatever it said. */
  handleAnswer(node: string): void {
    const standing = this.#standings.get(node);
    if (standing !== undefined) standing.inRow = 0;
  }

  /** A holder gave no answer, or nonsense. @param now monotonic milliseconds */
  handleFault(node: string, now: number): void {
    const standing = this.#standings.get(node);
    if (standing === undefined) return;
    standing.faults++;
    // Questions that were under way together fail together: they are one fault.
    if (now < standing.pausedUntil) return;
    standing.pausedUntil = now + Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(standing.inRow, 16));
    standing.inRow++;
  }

  /** A holder's disk is full. */
  handleFull(node: string, now: number): void {
    const standing = this.#standings.get(node);
    if (standing !== undefined) standing.fullUntil = now + FULL_MS;
  }

  /** A holder kept whoever reads or writes a shard waiting, though others do not: for shards it comes last, names it is asked for all the same. */
  handleSlow(node: string, now: number): void {
    const standing = this.#standings.get(node);
    if (standing !== undefined) standing.slowUntil = now + SLOW_MS;
  }

  /** A holder gave other octets than the name of a shard says. */
  handleWrong(node: string, hash: string, now: number): void {
    const standing = this.#standings.get(node);
    if (standing === undefined) return;
    standing.wrong++;
    const key = `${node}/${hash}`;
    this.#wrong.delete(key);
    if (this.#wrong.size >= WRONG_SHARDS_MAX) {
      for (const oldest of this.#wrong.keys()) {
        this.#wrong.delete(oldest);
        break;
      }
    }
    this.#wrong.set(key, now + WRONG_MS);
  }

  isPaused(node: string, now: number): boolean {
    return (this.#standings.get(node)?.pausedUntil ?? 0) > now;
  }

  /** The order in which a shard is read: its place, but those that are left alone come last. */
  readOrder(place: readonly string[], hash: string, now: number): readonly string[] {
    const lateness = (node: string): number =>
      (this.#isBehind(node, now) ? 1 : 0) + ((this.#wrong.get(`${node}/${hash}`) ?? 0) > now ? 2 : 0);
    return place.toSorted((a, b) => lateness(a) - lateness(b));
  }

  /** The order in which a shard is written. */
  writeOrder(place: readonly string[], now: number): readonly string[] {
    const lateness = (node: string): number =>
      (this.#isBehind(node, now) ? 2 : 0) + ((this.#standings.get(node)?.fullUntil ?? 0) > now ? 1 : 0);
    return place.toSorted((a, b) => lateness(a) - lateness(b));
  }

  #isBehind(node: string, now: number): boolean {
    return this.isPaused(node, now) || (this.#standings.get(node)?.slowUntil ?? 0) > now;
  }

  /** Each holder, for people. */
  status(now: number): readonly HolderStanding[] {
    return [...this.#standings].map(([node, { faults, wrong, pausedUntil }]) => ({
      node,
      pausedMs: Math.max(0, pausedUntil - now),
      faults,
      wrong,
    }));
  }
}

function newStanding(): Standing {
  const never = Number.NEGATIVE_INFINITY;
  return { faults: 0, wrong: 0, inRow: 0, pausedUntil: never, fullUntil: never, slowUntil: never };
}
