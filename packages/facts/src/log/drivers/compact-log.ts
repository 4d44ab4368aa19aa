import { type CompactionGrounds, isCompactable } from "../compaction.ts";
import { readEntry } from "../entry.ts";
import { DROP_ENTRIES_MAX, READ_ENTRIES_MAX } from "../limits.ts";
import type { LogStore } from "../store.ts";

/**
 * Removes the entries of a store that it needs no more. Octets that are no entry stay where they are, for whoever looks into it. Rejects with the store's
 * `LogError`; what was removed until then is gone, and the next call goes on.
 *
 * @returns how many entries are gone
 */
export async function compactLog(store: LogStore, grounds: CompactionGrounds): Promise<number> {
  let removed = 0;
  for (let from = 1; from < grounds.below;) {
    const { entries } = await store.read(from, Math.min(READ_ENTRIES_MAX, grounds.below - from));
    const read = entries.map((octets) => readEntry(octets)).filter((entry) => entry !== undefined);
    const last = read.at(-1);
    if (last === undefined || last.index < from) break;
    const indexes = read.filter((entry) => isCompactable(entry, grounds)).map(({ index }) => index);
    for (let at = 0; at < indexes.length; at += DROP_ENTRIES_MAX) {
      await store.drop(indexes.slice(at, at + DROP_ENTRIES_MAX));
    }
    removed += indexes.length;
    from = last.index + 1;
  }
  return removed;
}
