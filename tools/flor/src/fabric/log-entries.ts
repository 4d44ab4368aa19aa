import { bodyOf, readFact } from "@florenetes/facts";
import { type Entry, type LogStore, READ_ENTRIES_MAX, readEntry } from "@florenetes/facts/log";

/** The entries of a log, one after the other. Octets that are no entry are passed over. Rejects with what the store rejects with. */
export async function* entriesOf(store: LogStore): AsyncGenerator<Entry> {
  for (let from = 1; ;) {
    const { entries } = await store.read(from, READ_ENTRIES_MAX);
    const read = entries.map((octets) => readEntry(octets)).filter((entry) => entry !== undefined);
    yield* read;
    const last = read.at(-1);
    if (last === undefined || last.index < from) return;
    from = last.index + 1;
  }
}

/** Keys of the signers that a policy names, whether it holds or not: a post that nobody counts does no harm. */
export function signersIn(record: Uint8Array, cluster: string): readonly string[] {
  const fact = readFact(record, cluster);
  const signers = typeof fact === "string" ? undefined : bodyOf(fact, "policy")?.log?.signers;
  return (signers ?? []).map(({ key }) => key);
}
