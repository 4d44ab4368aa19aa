/** A log, and an agent that tells of it as `GET /log` does. */
import { createHash } from "node:crypto";
import { ENTRIES_AT_ONCE } from "../../src/api/limits.ts";
import type { EntryResource } from "../../src/fabric/resources.ts";
import type { ToldEntries } from "../../src/fabric/told-log.ts";

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const TIME = "2026-11-28T12:00:00.000Z";

/** Entries in the order of their indexes. @param name Another name gives other hashes @param kindOf The kind of each entry's record; null: it is none */
export function entriesOf(
  size: number,
  name = "main",
  kindOf: (index: number) => string | null = () => "service",
): readonly EntryResource[] {
  return Array.from({ length: size }, (_, at) => {
    const index = at + 1;
    const kind = kindOf(index);
    const record =
      kind === null
        ? null
        : {
            id: hashOf(`record ${index}`),
            kind,
            scope: index % 5 === 0 ? "org/zenith" : "cluster",
            subject: `s${index}`,
            epoch: 1,
            generation: 1,
            issued: TIME,
            expires: TIME,
            authority: "control",
            issuer: null,
            void: false,
            signed: ["k1", "k2"],
            isInForce: true,
            words: [`${kind} s${index}`],
          };
    return { index, prior: hashOf(`${name} ${index - 1}`), hash: hashOf(`${name} ${index}`), record };
  });
}

/** The answer of an agent whose store has these entries, some of which may be missing. */
export function tellEntries(
  entries: readonly EntryResource[],
  { below, count = ENTRIES_AT_ONCE }: { readonly below?: number | undefined; readonly count?: number | undefined },
  rest: Partial<ToldEntries> = {},
): ToldEntries {
  const size = entries.at(-1)?.index ?? 0;
  const end = Math.min(below ?? size + 1, size + 1);
  const from = Math.max(1, end - count);
  return {
    log: "main",
    copy: { size, head: entries.at(-1)?.hash ?? "", isWhole: true },
    checkpoint: null,
    from,
    entries: entries.filter(({ index }) => index >= from && index < end).toReversed(),
    ...rest,
  };
}
