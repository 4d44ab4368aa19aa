import type { HeldEntry } from "../entry.ts";
import { HolderError } from "../holder-error.ts";
import { NAMES_MAX } from "../limits.ts";
import { majorityOf } from "../placement.ts";
import type { Answer } from "../requests.ts";
import type { HolderCalls } from "./holder-calls.ts";
import { quorumError } from "./quorum-error.ts";

/** A name, with the entry of each holder that lists. */
export interface ListedName {
  readonly name: string;
  /** By holder; null: it has none. Holders that do not answer any more are left out. */
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
}

/**
 * Lists the names of all holders side by side, in their order, a page of each holder in memory. A holder that fails on the way is left out from there on.
 *
 * @param onLoss is told of each holder that is left out
 * @throws HolderError ERR_STORAGE_MAJORITY, … as soon as fewer than a majority list
 */
export async function* listNames(
  calls: HolderCalls,
  prefix: string,
  signal: AbortSignal,
  onLoss?: (node: string, error: HolderError) => void,
): AsyncGenerator<ListedName> {
  const asked = calls.nodes.length;
  const enough = majorityOf(asked);
  const refusals = new Map<string, HolderError>();
  const first = await calls.gather((node) => firstPage(calls, node, prefix, signal));
  const handleLoss = (node: string, error: HolderError): void => {
    refusals.set(node, error);
    onLoss?.(node, error);
  };
  for (const node of calls.nodes)
    if (!first.answers.has(node)) handleLoss(node, first.refusals.get(node) ?? calls.silent());
  let cursors = [...first.answers.values()];
  for (;;) {
    const empty = cursors.filter(({ page, at, next }) => at === page.length && next !== null);
    const failed = new Set<Cursor>();
    await Promise.all(
      empty.map((cursor) =>
        turnPage(calls, cursor, prefix, signal).catch((error: unknown) => {
          if (!(error instanceof HolderError)) throw error;
          handleLoss(cursor.node, error);
          failed.add(cursor);
        }),
      ),
    );
    cursors = cursors.filter((cursor) => !failed.has(cursor));
    if (cursors.length < enough)
      throw quorumError({ done: "listed their names", good: cursors.length, enough, asked, refusals });
    let name: string | undefined;
    for (const { page, at } of cursors) {
      const ahead = page[at]?.name;
      if (ahead !== undefined && (name === undefined || ahead < name)) name = ahead;
    }
    if (name === undefined) return;
    yield { name, entries: new Map(cursors.map((cursor) => [cursor.node, take(cursor, name)])) };
  }
}

function take(cursor: Cursor, name: string): HeldEntry | null {
  const entry = cursor.page[cursor.at];
  if (entry?.name !== name) return null;
  cursor.at++;
  return entry;
}

async function firstPage(calls: HolderCalls, node: string, prefix: string, signal: AbortSignal): Promise<Cursor> {
  const cursor: Cursor = { node, page: [], at: 0, next: "", count: 0 };
  await turnPage(calls, cursor, prefix, signal);
  return cursor;
}

/** @throws HolderError ERR_STORAGE_FORM where names come in another order, others than were asked for, or without end */
async function turnPage(calls: HolderCalls, cursor: Cursor, prefix: string, signal: AbortSignal): Promise<void> {
  const { node } = cursor;
  const after = cursor.next!;
  const { entries, next } = await calls.ask(node, "list-entries", { prefix, after }, signal);
  cursor.count += entries.length;
  if (isPage({ entries, next }, prefix, after) && cursor.count <= NAMES_MAX) {
    cursor.page = entries;
    cursor.at = 0;
    cursor.next = next;
    return;
  }
  throw calls.nonsense(node, "lists names out of order, or without end");
}

function isPage({ entries, next }: Answer<"list-entries">, prefix: string, after: string): boolean {
  let last = after;
  for (const { name } of entries) {
    if (name <= last || !name.startsWith(prefix)) return false;
    last = name;
  }
  return next === null || (entries.length > 0 && next >= last);
}
