/** An entry out of those that several holders have. Pure. */
import { contentHash, type Entry, type HeldEntry } from "../entry.ts";
import { majorityOf } from "../placement.ts";

/** The answers of a collection's holders about one name. */
export interface Reports {
  /** The entry of each holder that has answered; null: it has none. */
  readonly entries: readonly (HeldEntry | null)[];
  /** Holders of the collection, with those that have not answered. */
  readonly holders: number;
}

/**
 * The newest entry that may have been acknowledged; undefined: none may have been. A higher turn is newer, and at one turn a removal; of two others at one
 * turn that of more holders counts as newer, and then that whose content has the lower hash. An entry may have been acknowledged if those who have it, or a newer
 * one, and those who have not answered are a majority together: so a holder that lies shows nothing that is not there, and hides nothing.
 */
export function mergeEntries(reports: Reports): HeldEntry | undefined {
  const newest = newestOf(reports);
  return newest && withTypicalTime(newest);
}

/**
 * Whether holders that have not answered could change nothing any more: a majority has the newest entry that may have been acknowledged, or none may have been.
 * Until then it counts as acknowledged only for their silence, and so does a removal that one holder has invented.
 */
export function isSure(reports: Reports): boolean {
  const { entries, holders } = reports;
  const newest = newestOf(reports);
  return newest === undefined || newest.length >= majorityOf(holders) || entries.length === holders;
}

function newestOf({ entries, holders }: Reports): readonly HeldEntry[] | undefined {
  let count = holders - entries.length;
  for (const same of groupsOf(entries)) {
    count += same.length;
    if (count >= majorityOf(holders)) return same;
  }
  return undefined;
}

/** Whether two entries say the same of a name, whoever has taken them and when. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  return a.turn === b.turn && a.isGone === b.isGone && a.note === b.note && isSameObject(a, b);
}

/** Whether two entries have the same octets. */
export function isSameObject(a: Pick<Entry, "shards">, b: Pick<Entry, "shards">): boolean {
  return (
    a.shards.length === b.shards.length &&
    a.shards.every(({ hash, size }, at) => b.shards[at]!.hash === hash && b.shards[at]!.size === size)
  );
}

/** Entries of holders that say the same, the newest in front. */
function groupsOf(entries: readonly (HeldEntry | null)[]): readonly (readonly HeldEntry[])[] {
  const groups: HeldEntry[][] = [];
  for (const entry of entries) {
    if (entry === null) continue;
    const group = groups.find(([first]) => isSameEntry(first!, entry));
    if (group === undefined) groups.push([entry]);
    else group.push(entry);
  }
  return groups.toSorted(compareGroups);
}

function compareGroups(a: readonly HeldEntry[], b: readonly HeldEntry[]): number {
  const [first, other] = [a[0]!, b[0]!];
  if (first.turn !== other.turn) return other.turn - first.turn;
  if (first.isGone !== other.isGone) return first.isGone ? -1 : 1;
  if (a.length !== b.length) return b.length - a.length;
  return contentHash(first) < contentHash(other) ? -1 : 1;
}

/** The clock of a minority moves nothing: the time is the one in the middle. */
function withTypicalTime(same: readonly HeldEntry[]): HeldEntry {
  const sorted = same.toSorted((a, b) => a.written - b.written || (a.by < b.by ? -1 : Number(a.by > b.by)));
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}
