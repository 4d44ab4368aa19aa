/**
 * A page of the log's entries, the newest first, out of what the agent tells of one part after the other. Nothing that the agent tells is believed further than it holds by itself: entries are in
 * their places or the answer is none, what is missing between them is a gap, and one that does not name the hash of the entry before, or has another hash than `head` and the checkpoint say, is a break. Pure.
 */
import type { EntriesResource, EntryResource, GapResource } from "../fabric/resources.ts";
import type { ToldEntries, ToldPlace } from "../fabric/told-log.ts";
import { ApiError } from "./exchange.ts";
import { ENTRIES_AT_ONCE, ENTRIES_SIZE_MAX, ENTRY_ASKS_MAX } from "./limits.ts";
import { type LogCursor, writeLogCursor } from "./log-cursor.ts";

export interface EntryPageOptions {
  readonly limit: number;
  /** The page begins below this index; undefined: at the last entry. */
  readonly below: number | undefined;
  /** The cursor of the page before. */
  readonly cursor: LogCursor | undefined;
  /** Whether an entry is one of the page. */
  readonly isWanted: (entry: EntryResource) => boolean;
}

/** A part of the log that is to be asked for. */
export interface EntryAsk {
  /** Undefined: from the last entry on. */
  readonly below: number | undefined;
  readonly count: number;
}

/** An answer of an agent that keeps a copy. */
interface ToldCopy extends ToldEntries {
  readonly log: string;
  readonly copy: NonNullable<ToldEntries["copy"]>;
}

export class EntryPage {
  readonly #options: EntryPageOptions;
  readonly #items: EntryResource[] = [];
  readonly #gaps: GapResource[] = [];
  readonly #breaks = new Set<number>();
  #below: number | undefined;
  /** The entry that was told last, as the next one has to fit it. */
  #above: (Pick<EntryResource, "index"> & { readonly prior: string | undefined }) | undefined;
  /** The first answer. */
  #first: ToldCopy | undefined;
  #asks = 0;
  #octets = 0;

  constructor(options: EntryPageOptions) {
    this.#options = options;
    const { below, cursor } = options;
    this.#below = cursor?.index ?? below;
    this.#above = cursor;
  }

  /** Whether there is a page already, which may end here. */
  get hasBegun(): boolean {
    return this.#first !== undefined;
  }

  /** The part that is to be asked for next; undefined: the page is whole. */
  pollAsk(): EntryAsk | undefined {
    const isFull = this.#items.length >= this.#options.limit || this.#octets >= ENTRIES_SIZE_MAX;
    if (isFull || this.#asks >= ENTRY_ASKS_MAX) return undefined;
    if (this.#first !== undefined && this.#below! <= 1) return undefined;
    return { below: this.#below, count: ENTRIES_AT_ONCE };
  }

  /**
   * Takes the answer to what `pollAsk` has asked for.
   *
   * @param octets The size of the answer
   * @throws ApiError ERR_CONTROL_LOG_NONE, ERR_CONTROL_LOG_BEHIND, ERR_CONTROL_LOG_OTHER, ERR_CONTROL_CURSOR; ERR_CONTROL_AGENT_SILENT for an answer that is none
   */
  handleAnswer(told: ToldEntries, octets: number): void {
    this.#asks++;
    this.#octets += octets;
    const { log, copy } = told;
    if (log === null || copy === null) throw noLog();
    this.#first ??= this.#begun({ ...told, log, copy });
    if (log !== this.#first.log)
      throw new ApiError("ERR_CONTROL_AGENT_SILENT", "the agent has gone over to another log", { "retry-after": "1" });
    const { size } = this.#first.copy;
    const end = Math.min(this.#below ?? size + 1, size + 1);
    if (!isPart(told, end))
      throw new ApiError("ERR_CONTROL_AGENT_SILENT", "the agent tells entries that were not asked for");
    const byIndex = new Map(told.entries.map((entry) => [entry.index, entry]));
    this.#below = end;
    while (this.#below > told.from && this.#items.length < this.#options.limit) {
      this.#below--;
      const entry = byIndex.get(this.#below);
      if (entry === undefined) this.#handleMissing(this.#below);
      else this.#handleEntry(entry);
    }
  }

  /** The page, once `pollAsk` asks for nothing more. */
  get page(): EntriesResource {
    const { log, copy } = this.#first!;
    const index = this.#below!;
    const prior = this.#above?.index === index ? this.#above.prior : undefined;
    const next =
      index <= 1 ? null : writeLogCursor({ log, size: this.#options.cursor?.size ?? copy.size, index, prior });
    return { log, ...copy, items: this.#items, gaps: this.#gaps, breaks: [...this.#breaks], next };
  }

  #begun(first: ToldCopy): ToldCopy {
    const { cursor } = this.#options;
    if (cursor !== undefined && cursor.log !== first.log)
      throw new ApiError(
        "ERR_CONTROL_CURSOR",
        `\`after\` is a place in the log ${cursor.log}, and this one is ${first.log}`,
      );
    if (cursor !== undefined && cursor.size > first.copy.size) {
      const message = `this replica has read ${first.copy.size} entries of the log, and the one before ${cursor.size}`;
      throw new ApiError("ERR_CONTROL_LOG_BEHIND", message, { "retry-after": "1" });
    }
    const { size, head } = first.copy;
    if ((this.#below ?? size + 1) > size) this.#above = { index: size + 1, prior: head };
    return first;
  }

  #handleEntry(entry: ToldPlace): void {
    const above = this.#above;
    const { checkpoint } = this.#first!;
    this.#above = entry;
    const { record } = entry;
    if (record !== undefined && this.#options.isWanted({ ...entry, record })) this.#items.push({ ...entry, record });
    if (checkpoint?.index === entry.index && checkpoint.hash !== entry.hash) this.#breaks.add(entry.index + 1);
    if (above?.prior === undefined || above.index !== entry.index + 1 || above.prior === entry.hash) return;
    if (above === this.#options.cursor)
      throw new ApiError(
        "ERR_CONTROL_LOG_OTHER",
        `entry ${entry.index} is another one here than where the page before was told`,
      );
    this.#breaks.add(above.index);
  }

  #handleMissing(index: number): void {
    const { checkpoint } = this.#first!;
    const mayBeRemoved = checkpoint === null ? null : index < checkpoint.index;
    const last = this.#gaps.at(-1);
    if (last?.from === index + 1 && last.mayBeRemoved === mayBeRemoved) {
      this.#gaps[this.#gaps.length - 1] = { ...last, from: index };
    } else this.#gaps.push({ from: index, to: index, mayBeRemoved });
  }
}

/** The problem of a replica whose node keeps no copy of the log. */
export function noLog(): ApiError {
  return new ApiError("ERR_CONTROL_LOG_NONE", "the node of this replica keeps no copy of the log");
}

/** Whether an answer goes on below `end`, and its entries fall from there to its end, each index once. */
function isPart({ from, entries }: ToldEntries, end: number): boolean {
  if (end > 1 && (from < Math.max(1, end - ENTRIES_AT_ONCE) || from >= end)) return false;
  return entries.every(({ index }, at) => index >= from && index < (entries[at - 1]?.index ?? end));
}
