/** The names here: taken from writers, told to those who read and to other holders. */
import { contentHash, type Entry, type HeldEntry, isObjectName, sizeOf } from "../entry.ts";
import { NAMES_MAX, PAGE_ENTRIES_MAX, PAGE_SHARDS_MAX, TURN_STEP_MAX } from "../limits.ts";
import type { Answer } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import type { KeeperCounters, KeeperOptions } from "./collection-keeper.ts";
import { faultOf } from "./forms.ts";
import { refusal } from "./refuse.ts";
import { checkBudget } from "./shard-shelf.ts";

export class EntryShelf {
  readonly #options: KeeperOptions;
  readonly #counters: KeeperCounters;

  constructor(options: KeeperOptions, counters: KeeperCounters) {
    this.#options = options;
    this.#counters = counters;
  }

  /**
   * Takes an entry of a writer.
   *
   * @throws HolderError
   */
  put(entry: Entry, by: string, terms: CollectionTerms): HeldEntry {
    const fault = faultOf(entry);
    if (fault !== undefined) throw refusal("ERR_STORAGE_FORM", `The entry is none: ${fault}.`);
    const { names, now } = this.#options;
    const held = names.get(entry.name);
    if (held !== undefined && isSame(held, entry)) return held;
    checkTurn(entry, held, terms, now());
    this.#checkRoom(entry, held, terms);
    const { name, turn, isGone, shards, note } = entry;
    const taken: HeldEntry = { name, turn, isGone, shards, note, written: now(), by };
    names.within(() => {
      names.put(taken, taken.written);
      names.setOpen(name, names.reports(name).length > 0);
    });
    this.#counters.entriesTaken++;
    return taken;
  }

  get(name: string): HeldEntry | null {
    if (!isObjectName(name)) throw refusal("ERR_STORAGE_FORM", "That is no name of an object.");
    return this.#options.names.get(name) ?? null;
  }

  list(prefix: string, after: string): Answer<"list-entries"> {
    const entries: HeldEntry[] = [];
    let shards = 0;
    for (const entry of this.#options.names.list(prefix, after)) {
      shards += entry.shards.length;
      if (isFull(entries.length, shards)) return { entries, next: entries.at(-1)!.name };
      entries.push(entry);
    }
    return { entries, next: null };
  }

  changes(book: string, since: number): Answer<"list-changes"> {
    const { names } = this.#options;
    const from = book === names.book ? since : 0;
    const entries: HeldEntry[] = [];
    let shards = 0;
    let last = from;
    for (const { change, entry } of names.changes(from)) {
      shards += entry.shards.length;
      if (isFull(entries.length, shards)) return { book: names.book, entries, last, isAll: false };
      entries.push(entry);
      last = change;
    }
    return { book: names.book, entries, last: names.last, isAll: true };
  }

  #checkRoom(entry: Entry, held: HeldEntry | undefined, { budget, organizationBudget }: CollectionTerms): void {
    const { octets, names } = this.#options.names.sums();
    if (held === undefined && names >= NAMES_MAX) {
      throw refusal("ERR_STORAGE_QUOTA", `The collection has ${names} names, as many as there may be.`);
    }
    // The octets of a live entry count already: whatever may follow it has the same, or none.
    if (entry.isGone || held?.isGone === false) return;
    checkBudget("The collection", octets, sizeOf(entry), budget);
    checkBudget("The organization", this.#options.organizationOctets() + octets, sizeOf(entry), organizationBudget);
  }
}

/** Whether two entries say the same of their name. */
function isSame(one: Entry, other: Entry): boolean {
  return one.turn === other.turn && contentHash(one) === contentHash(other);
}

/** @throws HolderError where the held entry stands in the way */
function checkTurn(entry: Entry, held: HeldEntry | undefined, terms: CollectionTerms, now: number): void {
  const isLive = held !== undefined && !held.isGone;
  if (isLive && entry.isGone) checkRetention(held, terms, now);
  // Content that is here already comes at a higher turn where it was put anew after a removal that this holder has missed.
  else if (isLive && (entry.turn < held.turn || contentHash(entry) !== contentHash(held))) {
    throw refusal("ERR_STORAGE_EXISTS", `The name ${held.name} has another object.`, { entry: held });
  }
  const turn = held?.turn ?? 0;
  if (entry.turn > turn && entry.turn <= turn + TURN_STEP_MAX) return;
  const rest = held === undefined ? {} : { entry: held };
  throw refusal(
    "ERR_STORAGE_TURN",
    `The name ${entry.name} is at turn ${turn}, and ${entry.turn} does not follow.`,
    rest,
  );
}

function checkRetention(held: HeldEntry, { retention, unretained }: CollectionTerms, now: number): void {
  const until = held.written + retention * 1_000;
  if (now >= until || unretained.includes(held.name.split("/")[0]!)) return;
  const day = new Date(Math.min(until, 8.64e15)).toISOString();
  throw refusal("ERR_STORAGE_RETAINED", `The object ${held.name} may not be removed before ${day}.`, {
    entry: held,
    until,
  });
}

function isFull(entries: number, shards: number): boolean {
  return entries > 0 && (entries === PAGE_ENTRIES_MAX || shards > PAGE_SHARDS_MAX);
}
