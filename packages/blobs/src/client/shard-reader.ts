import type { ShardRef } from "../entry.ts";
import { hashOf } from "../hash.ts";
import { HolderError } from "../holder-error.ts";
import { placeOf } from "../placement.ts";
import { callAfter } from "./alarm.ts";
import type { HolderCalls } from "./holder-calls.ts";
import { HolderLine } from "./holder-line.ts";
import { ANSWER_MS } from "./limits.ts";

/** Reads shards from whichever holder has them, and verifies them. */
export class ShardReader {
  readonly #calls: HolderCalls;

  constructor(calls: HolderCalls) {
    this.#calls = calls;
  }

  /**
   * Reads a shard from the first holder that gives the right octets.
   *
   * @throws HolderError ERR_STORAGE_DAMAGED where holders have other octets, ERR_STORAGE_MISSING where none has any, or the one code that all say; the
   * reason of `signal`
   */
  async read(shard: ShardRef, signal: AbortSignal): Promise<Uint8Array> {
    const { terms, ranking, time } = this.#calls;
    const order = ranking.readOrder(placeOf(shard.hash, terms.holders), shard.hash, time.now());
    const line = new HolderLine(order, 1, 1);
    const refusals = new Map<string, HolderError>();
    const waiting = new Set<string>();
    const over = new AbortController();
    const read = Promise.withResolvers<Uint8Array>();
    const onAbort = (): void => {
      over.abort(signal.reason);
      read.reject(signal.reason);
    };
    let cancel: (() => void) | undefined;
    const handleTurn = (): void => {
      for (let node = line.pollAsk(); node !== undefined; node = line.pollAsk()) {
        cancel?.();
        cancel = callAfter(time, ANSWER_MS, handleWait);
        waiting.add(node);
        this.readFrom(node, shard, over.signal).then(handleGood, handleBadOf(node));
      }
      if (line.isOver && !line.isEnough) read.reject(unreadable(shard.hash, refusals));
    };
    const handleGood = (octets: Uint8Array): void => {
      line.handleGood();
      read.resolve(octets);
    };
    const handleBadOf = (node: string) => (error: unknown) => {
      line.handleBad();
      waiting.delete(node);
      if (error instanceof HolderError) refusals.set(node, error);
      else read.reject(error);
      handleTurn();
    };
    // A holder that trickles keeps nobody waiting, and is asked last for the next shards.
    const handleWait = (): void => {
      for (const node of waiting) ranking.handleSlow(node, time.now());
      line.handleWait();
      handleTurn();
    };
    signal.addEventListener("abort", onAbort);
    try {
      signal.throwIfAborted();
      handleTurn();
      return await read.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      cancel?.();
      over.abort(new Error("the shard is there"));
    }
  }

  /** Reads a shard from one holder. @throws HolderError ERR_STORAGE_HASH where its octets are others, or the holder's refusal */
  async readFrom(node: string, { hash, size }: ShardRef, signal: AbortSignal): Promise<Uint8Array> {
    const { octets } = await this.#calls.ask(node, "get-shard", { hash }, signal);
    if (octets.length === size && hashOf(octets) === hash) return octets;
    this.#calls.ranking.handleWrong(node, hash, this.#calls.time.now());
    throw new HolderError({ code: "ERR_STORAGE_HASH", message: `${node} gave other octets of the shard ${hash}` });
  }
}

const DAMAGES: ReadonlySet<HolderError["code"]> = new Set(["ERR_STORAGE_HASH", "ERR_STORAGE_DAMAGED"]);

function unreadable(hash: string, refusals: ReadonlyMap<string, HolderError>): HolderError {
  const each = [...refusals].map(([node, { code }]) => `${node}: ${code}`).join(", ");
  const codes = new Set([...refusals.values()].map(({ code }) => code));
  if ([...codes].some((code) => DAMAGES.has(code)))
    return new HolderError({
      code: "ERR_STORAGE_DAMAGED",
      message: `no holder gives the shard ${hash} whole (${each})`,
    });
  const [only, ...others] = codes;
  if (only !== undefined && others.length === 0 && only !== "ERR_STORAGE_MISSING")
    return new HolderError({ code: only, message: `no holder gives the shard ${hash} (${each})` });
  return new HolderError({
    code: "ERR_STORAGE_MISSING",
    message: `no holder that answers has the shard ${hash} (${each})`,
  });
}
