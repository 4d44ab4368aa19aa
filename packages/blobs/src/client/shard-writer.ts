import { WaitingPlaces } from "@florenetes/scheduling";
import { HolderError } from "../holder-error.ts";
import { majorityOf, placeOf } from "../placement.ts";
import { callAfter } from "./alarm.ts";
import type { HolderCalls } from "./holder-calls.ts";
import { HolderLine } from "./holder-line.ts";
import { ANSWER_MS, LATE_MS, SHARDS_AT_ONCE_MAX, SHARDS_BEHIND_MAX } from "./limits.ts";
import { quorumError } from "./quorum-error.ts";
import type { CutShard } from "./shard-cutter.ts";

/** Writes shards to their holders, so many at once at most, whoever puts them. */
export class ShardWriter {
  readonly #calls: HolderCalls;
  readonly #places = new WaitingPlaces(SHARDS_AT_ONCE_MAX);
  /** Shards that a majority has, the oldest in front, with the holders that are under way. */
  readonly #behind = new Map<AbortController, ReadonlyMap<string, number>>();

  constructor(calls: HolderCalls) {
    this.#calls = calls;
  }

  /** Waits for a place: whoever has one calls `write` once. Returns how the place is given back. */
  enter(signal: AbortSignal): Promise<() => void> {
    return this.#places.take(signal);
  }

  /**
   * Writes a shard, and gives the place back. Returns when as many have it as are to, or a majority of these has and the others kept us waiting: they go on
   * behind.
   *
   * @throws HolderError ERR_STORAGE_MAJORITY, or the code that stands in the way; the reason of `signal`
   */
  async write(shard: CutShard, leave: () => void, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const onAbort = (): void => ending.abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    try {
      signal.throwIfAborted();
      await this.#spread(shard, ending);
    } finally {
      signal.removeEventListener("abort", onAbort);
      leave();
    }
  }

  /** Gives up all that goes on behind. */
  close(): void {
    for (const ending of this.#behind.keys()) ending.abort(new Error("the client is closed"));
  }

  #spread({ hash, octets }: CutShard, ending: AbortController): Promise<void> {
    const { terms, ranking, time } = this.#calls;
    const place = ranking.writeOrder(placeOf(hash, terms.holders), time.now());
    const enough = majorityOf(terms.copies);
    const line = new HolderLine(place, Math.min(terms.copies, place.length), enough);
    const refusals = new Map<string, HolderError>();
    /** Holders that are under way, with when they were asked. */
    const waiting = new Map<string, number>();
    const written = Promise.withResolvers<void>();
    let cancel: (() => void) | undefined;
    const handleTurn = (): void => {
      for (let node = line.pollAsk(); node !== undefined; node = line.pollAsk()) {
        waiting.set(node, time.now());
        this.#ask(node, hash, octets, ending.signal).then(handleGoodOf(node), handleBadOf(node));
      }
      if (!line.isOver) return;
      cancel?.();
      this.#behind.delete(ending);
      // Holders beyond those that were wanted need not have it.
      ending.abort(new Error("all have the shard"));
      if (line.isEnough) written.resolve();
      else
        written.reject(quorumError({ done: "took a shard", good: line.good, enough, asked: place.length, refusals }));
    };
    const handleGoodOf = (node: string) => () => {
      line.handleGood();
      waiting.delete(node);
      cancel?.();
      // A holder that is much slower than another one keeps nobody waiting.
      if (line.isEnough) cancel = callAfter(time, LATE_MS, () => this.#goOnBehind(ending, waiting, written.resolve));
      else cancel = callAfter(time, ANSWER_MS, handleWait);
      handleTurn();
    };
    const handleBadOf = (node: string) => (error: unknown) => {
      line.handleBad();
      waiting.delete(node);
      if (error instanceof HolderError) refusals.set(node, error);
      else if (!line.isOver) written.reject(error);
      handleTurn();
    };
    const handleWait = (): void => {
      const now = time.now();
      for (const [node, asked] of waiting) if (now - asked >= ANSWER_MS) ranking.handleSlow(node, now);
      line.handleWait();
      cancel = callAfter(time, ANSWER_MS, handleWait);
      handleTurn();
    };
    handleTurn();
    return written.promise;
  }

  async #ask(node: string, hash: string, octets: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#calls.ask(node, "put-shard", { hash, octets }, signal);
  }

  #goOnBehind(ending: AbortController, waiting: ReadonlyMap<string, number>, written: () => void): void {
    const { ranking, time } = this.#calls;
    this.#behind.set(ending, waiting);
    for (const [oldest, slow] of this.#behind) {
      if (this.#behind.size <= SHARDS_BEHIND_MAX) break;
      for (const node of slow.keys()) ranking.handleSlow(node, time.now());
      this.#behind.delete(oldest);
      oldest.abort(new Error("others wait for the place"));
    }
    written();
  }
}
