import { contentHash, type Entry, type HeldEntry, type ShardRef } from "../entry.ts";
import { HolderError } from "../holder-error.ts";
import { majorityOf } from "../placement.ts";
import type { Gathered, HolderCalls } from "./holder-calls.ts";
import { TURN_TRIES } from "./limits.ts";
import { isSameObject, isSure, mergeEntries } from "./merged-entry.ts";
import { quorumError } from "./quorum-error.ts";

/** Names of a collection, as a majority of its holders knows them. */
export class NameDesk {
  readonly #calls: HolderCalls;

  constructor(calls: HolderCalls) {
    this.#calls = calls;
  }

  /** The entry of a name, also one that is gone; undefined: none has been acknowledged. @throws HolderError ERR_STORAGE_MAJORITY, … */
  async look(name: string, signal: AbortSignal): Promise<HeldEntry | undefined> {
    const ask = async (node: string): Promise<HeldEntry | null> => {
      const { entry } = await this.#calls.ask(node, "get-entry", { name }, signal, faultOf(name));
      return entry;
    };
    const gathered = await this.#calls.gather(ask, (answers, holders) =>
      isSure({ entries: [...answers.values()], holders }),
    );
    judge(gathered, "told what they know of the name");
    return mergeEntries({ entries: [...gathered.answers.values()], holders: gathered.asked });
  }

  /** Gives a name to shards. @throws HolderError ERR_STORAGE_EXISTS, ERR_STORAGE_MAJORITY, … */
  async put(
    name: string,
    shards: readonly ShardRef[],
    note: string | undefined,
    signal: AbortSignal,
  ): Promise<HeldEntry> {
    const known = await this.look(name, signal);
    const fresh = { name, isGone: false, shards, ...(note !== undefined && { note }) };
    if (known === undefined || known.isGone) return this.#write({ ...fresh, turn: (known?.turn ?? 0) + 1 }, signal);
    if (!isSameObject(known, fresh)) {
      const message = `there is another object of the name ${name}`;
      throw new HolderError({ code: "ERR_STORAGE_EXISTS", message, entry: known });
    }
    // Another one may have stopped between its holders: so all of them have it.
    const { turn, note: former } = known;
    return this.#write({ name, turn, isGone: false, shards, ...(former !== undefined && { note: former }) }, signal);
  }

  /** Takes a name away. False: there is none. @throws HolderError ERR_STORAGE_RETAINED, ERR_STORAGE_MAJORITY, ERR_STORAGE_TURN where it has another object meanwhile, … */
  async remove(name: string, signal: AbortSignal): Promise<boolean> {
    const seen = await this.look(name, signal);
    if (seen === undefined || seen.isGone) return false;
    const goneAt = (turn: number): Entry => ({ name, turn, isGone: true, shards: [] });
    await this.#write(goneAt(seen.turn + 1), signal, async (turn) => {
      const now = await this.look(name, signal);
      const isOther = now?.isGone === false && contentHash(now) !== contentHash(seen);
      if (!isOther) return goneAt(Math.max(turn, (now?.turn ?? 0) + 1));
      const message = `the name ${name} has another object meanwhile, which stays`;
      throw new HolderError({ code: "ERR_STORAGE_TURN", message, entry: now });
    });
    return true;
  }

  /** @param again the entry that is tried next, where holders have a newer one and a majority would take the turn */
  async #write(
    first: Entry,
    signal: AbortSignal,
    again: (turn: number) => Entry | Promise<Entry> = (turn) => ({ ...first, turn }),
  ): Promise<HeldEntry> {
    let entry = first;
    for (let left = TURN_TRIES; ; left--) {
      const gathered = await this.#calls.gather((node) => this.#writeAt(node, entry, signal));
      const next = nextTurn(gathered);
      if (next === undefined || next <= entry.turn || left === 1) return written(gathered, entry);
      entry = await again(next);
    }
  }

  async #writeAt(node: string, entry: Entry, signal: AbortSignal): Promise<HeldEntry> {
    try {
      const answer = await this.#calls.ask(node, "put-entry", { entry }, signal, faultOf(entry.name));
      return answer.entry;
    } catch (error) {
      if (!(error instanceof HolderError)) throw error;
      const { entry: held } = error.refusal;
      // Whoever stands in the way with the same octets at this turn or a newer one has what is to be there; at an older one a removal would win over it.
      const isDone =
        error.code === "ERR_STORAGE_EXISTS" &&
        !entry.isGone &&
        held?.isGone === false &&
        held.name === entry.name &&
        held.turn >= entry.turn &&
        isSameObject(held, entry);
      if (isDone) return held;
      throw error;
    }
  }
}

const faultOf =
  (name: string) =>
  ({ entry }: { readonly entry: HeldEntry | null }): string | undefined =>
    entry === null || entry.name === name ? undefined : "answered with another name";

/** @throws HolderError where too few holders have taken the entry */
function written(gathered: Gathered<HeldEntry>, { isGone }: Entry): HeldEntry {
  judge(gathered, isGone ? "removed the name" : "took the name");
  const sorted = [...gathered.answers.values()].toSorted((a, b) => a.written - b.written);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

function judge({ asked, answers, refusals }: Gathered<unknown>, done: string): void {
  const enough = majorityOf(asked);
  if (answers.size < enough) throw quorumError({ done, good: answers.size, enough, asked, refusals });
}

/**
 * The turn by which a majority would take an entry, where some have a newer one; undefined: no turn helps. It is no higher than it takes for that, so that a
 * few holders cannot drive it up.
 */
function nextTurn({ asked, answers, refusals }: Gathered<HeldEntry>): number | undefined {
  const lacking = majorityOf(asked) - answers.size;
  if (lacking <= 0) return undefined;
  const held = [...refusals.values()].flatMap(({ code, refusal: { entry } }) =>
    code === "ERR_STORAGE_TURN" && entry !== undefined ? [entry.turn] : [],
  );
  const highest = held.toSorted((a, b) => a - b)[lacking - 1];
  return highest === undefined ? undefined : highest + 1;
}
