import type { HeldEntry } from "../entry.ts";
import { HolderError } from "../holder-error.ts";
import { NAMES_MAX, PAGE_ENTRIES_MAX, PAGE_SHARDS_MAX, SHARD_SIZE_MAX } from "../limits.ts";
import { isPageOf } from "../list-page.ts";
import { majorityOf } from "../placement.ts";
import { callAfter } from "./alarm.ts";
import type { HolderCalls } from "./holder-calls.ts";
import { LATE_MS, LISTED_LATE_MS, LISTED_SHARDS_MIN, SHORT_PAGES_MAX } from "./limits.ts";
import { isSure, mergeEntries } from "./merged-entry.ts";
import { quorumError } from "./quorum-error.ts";

/** A name, with the entry of each holder that lists. */
export interface ListedName {
  readonly name: string;
  /** The newest entry that may have been acknowledged; undefined: none may have been. */
  readonly newest: HeldEntry | undefined;
  /** By holder; null: it has none. Holders that do not list, or not any more, are left out. */
  readonly entries: ReadonlyMap<string, HeldEntry | null>;
}

interface Cursor {
  readonly node: string;
  page: readonly HeldEntry[];
  at: number;
  /** Behind this name the next page begins; null: there is none. */
  next: string | null;
  /** Names that this holder has listed. */
  count: number;
  /** Shards of these names, without the last one of each. */
  shards: number;
  /** Pages of this holder that went on though they had room for more. */
  short: number;
  /** Milliseconds for which a majority has waited for it. */
  lateMs: number;
  /** True: it was left alone, or left out, and has been asked once more. */
  isRecalled: boolean;
}

/**
 * Lists the names of all holders side by side, in their order, a page of each holder in memory. A holder that fails on the way, or keeps a majority waiting, is
 * left out from there on. It is asked once more where the others leave open what a name comes to.
 *
 * @param onLoss is told of each holder that is left out in the end
 * @throws HolderError ERR_STORAGE_MAJORITY, … as soon as fewer than a majority list
 */
export async function* listNames(
  calls: HolderCalls,
  prefix: string,
  signal: AbortSignal,
  onLoss: (node: string, error: HolderError) => void = () => undefined,
): AsyncGenerator<ListedName> {
  const listing = new Listing(calls, prefix, signal, onLoss);
  yield* listing.names();
  listing.handleEnd();
}

class Listing {
  readonly #calls: HolderCalls;
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  readonly #onLoss: (node: string, error: HolderError) => void;
  readonly #refusals = new Map<string, HolderError>();
  readonly #asked: number;
  readonly #shardsMax: number;
  #here: readonly Cursor[];
  /** Milliseconds that majorities have taken for their pages. */
  #tookMs = 0;
  /** Holders that are asked once more where it takes them. */
  #spare: readonly Cursor[];

  constructor(
    calls: HolderCalls,
    prefix: string,
    signal: AbortSignal,
    onLoss: (node: string, error: HolderError) => void,
  ) {
    this.#calls = calls;
    this.#prefix = prefix;
    this.#signal = signal;
    this.#onLoss = onLoss;
    const now = calls.time.now();
    const isPaused = ({ node }: Cursor): boolean => calls.ranking.isPaused(node, now);
    const all = calls.nodes.map(newCursor);
    this.#asked = all.length;
    // All shards of an object but the last are full, so that the budget bounds them.
    this.#shardsMax = Math.max(LISTED_SHARDS_MIN, Math.floor(calls.terms.budget / SHARD_SIZE_MAX));
    this.#here = all.filter((cursor) => !isPaused(cursor));
    this.#spare = all.filter(isPaused);
  }

  async *names(): AsyncGenerator<ListedName> {
    for (let last = ""; ;) {
      await this.#turnPages();
      if (!this.#isMajority()) await this.#recall(last);
      if (!this.#isMajority()) throw this.#tooFew();
      const name = nextName(this.#here);
      if (name === undefined) return;
      const reports = {
        entries: this.#here.map((cursor) => (ahead(cursor)?.name === name ? ahead(cursor)! : null)),
        holders: this.#asked,
      };
      if (this.#spare.length > 0 && !isSure(reports)) {
        // Whoever comes back may know of a name before this one.
        await this.#recall(last);
        continue;
      }
      const entries = new Map(this.#here.map((cursor) => [cursor.node, take(cursor, name)]));
      yield { name, newest: mergeEntries(reports), entries };
      last = name;
    }
  }

  /** All that is asked has been listed. */
  handleEnd(): void {
    for (const { node } of this.#spare) this.#onLoss(node, this.#calls.silent());
  }

  /** Turns the pages that are read. A holder that is not ready some time after a majority is gets left out, sooner where it has kept one waiting before. */
  async #turnPages(): Promise<void> {
    const empty = this.#here.filter((cursor) => !isReady(cursor));
    if (empty.length === 0) return;
    const failed = new Map<Cursor, HolderError>();
    const done = Promise.withResolvers<void>();
    const { time } = this.#calls;
    const begunAt = time.now();
    let majorityAt: number | undefined;
    let cancel: (() => void) | undefined;
    let left = empty.length;
    /** A majority may be ready before any of these is. */
    const lookForMajority = (): void => {
      const ready = this.#here.filter((cursor) => isReady(cursor) && !failed.has(cursor));
      if (ready.length < majorityOf(this.#asked)) return;
      majorityAt ??= time.now();
      const others = empty.filter((cursor) => !isReady(cursor) && !failed.has(cursor));
      cancel ??= callAfter(time, this.#patience(others), done.resolve);
    };
    for (const cursor of empty)
      this.#turnPage(cursor).then((fault) => {
        if (majorityAt !== undefined) cursor.lateMs += time.now() - majorityAt;
        if (fault !== undefined) failed.set(cursor, fault);
        if (--left === 0) done.resolve();
        else lookForMajority();
      }, done.reject);
    lookForMajority();
    await done.promise.finally(() => cancel?.());
    const endedAt = time.now();
    this.#tookMs += (majorityAt ?? endedAt) - begunAt;
    for (const cursor of empty) if (!isReady(cursor)) cursor.lateMs += endedAt - (majorityAt ?? endedAt);
    const late = this.#here.filter((cursor) => !isReady(cursor) && !failed.has(cursor));
    this.#here = this.#here.filter((cursor) => isReady(cursor));
    for (const [{ node }, fault] of failed) this.#lose(node, fault);
    for (const { node, isRecalled } of late) if (isRecalled) this.#lose(node, this.#calls.silent());
    // A page that is under way yet is not to turn the cursor that is asked anew.
    const again = late
      .filter(({ isRecalled }) => !isRecalled)
      .map(({ node, count, shards, short, lateMs }) => ({ ...newCursor(node), count, shards, short, lateMs }));
    this.#spare = [...this.#spare, ...again];
  }

  /** Milliseconds for which a majority waits for the pages of others: as long as it may for one of them, by what each has taken before. */
  #patience(others: readonly Cursor[]): number {
    const left = others.map(({ lateMs }) => LISTED_LATE_MS + this.#tookMs - lateMs);
    return Math.max(0, Math.min(LATE_MS, Math.max(...left)));
  }

  /** Asks all that were left alone, or left out, for what comes behind a name, and waits for each of them. */
  async #recall(last: string): Promise<void> {
    const recalled = this.#spare.map((cursor) => ({ ...cursor, next: last, isRecalled: true }));
    this.#spare = [];
    const faults = await Promise.all(recalled.map(async (cursor) => this.#turnPage(cursor)));
    for (const [at, { node }] of recalled.entries()) if (faults[at] !== undefined) this.#lose(node, faults[at]);
    this.#here = [...this.#here, ...recalled.filter((_, at) => faults[at] === undefined)];
  }

  /** Returns why the holder is left out: it fails, or lists names in another order, others than were asked for, or without end. */
  async #turnPage(cursor: Cursor): Promise<HolderError | undefined> {
    const { node } = cursor;
    const asked = { prefix: this.#prefix, after: cursor.next! };
    try {
      const page = await this.#calls.ask(node, "list-entries", asked, this.#signal, (answer) => {
        cursor.count += answer.entries.length;
        for (const { shards } of answer.entries) cursor.shards += Math.max(0, shards.length - 1);
        if (hadRoom(cursor.page, answer.entries)) cursor.short++;
        const isEndless = cursor.count > NAMES_MAX || cursor.shards > this.#shardsMax || cursor.short > SHORT_PAGES_MAX;
        return isEndless || !isPageOf(asked, answer) ? "lists names out of order, or without end" : undefined;
      });
      cursor.page = page.entries;
      cursor.at = 0;
      cursor.next = page.next;
      return undefined;
    } catch (error) {
      if (error instanceof HolderError) return error;
      throw error;
    }
  }

  #lose(node: string, error: HolderError): void {
    this.#refusals.set(node, error);
    this.#onLoss(node, error);
  }

  #isMajority(): boolean {
    return this.#here.length >= majorityOf(this.#asked);
  }

  #tooFew(): HolderError {
    const [good, enough] = [this.#here.length, majorityOf(this.#asked)];
    return quorumError({ done: "listed their names", good, enough, asked: this.#asked, refusals: this.#refusals });
  }
}

function newCursor(node: string): Cursor {
  return { node, page: [], at: 0, next: "", count: 0, shards: 0, short: 0, lateMs: 0, isRecalled: false };
}

function ahead({ page, at }: Cursor): HeldEntry | undefined {
  return page[at];
}

/** Whether the next name of a holder is known, or that it has none. */
function isReady(cursor: Cursor): boolean {
  return ahead(cursor) !== undefined || cursor.next === null;
}

function nextName(cursors: readonly Cursor[]): string | undefined {
  let next: string | undefined;
  for (const cursor of cursors) {
    const name = ahead(cursor)?.name;
    if (name !== undefined && (next === undefined || name < next)) next = name;
  }
  return next;
}

function take(cursor: Cursor, name: string): HeldEntry | null {
  const entry = ahead(cursor);
  if (entry?.name !== name) return null;
  cursor.at++;
  return entry;
}

/** Whether a page could have had the first name of the next one, too: an object that was removed in between makes it seem so. */
function hadRoom(page: readonly HeldEntry[], next: readonly HeldEntry[]): boolean {
  if (page.length === 0 || page.length >= PAGE_ENTRIES_MAX) return false;
  const shards = [...page, ...next.slice(0, 1)].reduce((sum, entry) => sum + entry.shards.length, 0);
  return shards <= PAGE_SHARDS_MAX;
}
