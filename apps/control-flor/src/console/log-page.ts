/** Entries of the log as a page of the console. */
import { type PageLink, tablePageOf } from "@florenetes/console";
import type { EntriesResource, EntryResource, GapResource } from "../fabric/resources.ts";

export interface LogPageOptions {
  readonly cluster: string;
  readonly page: EntriesResource;
  /** Entries of a page. */
  readonly limit: number;
  /** The page begins below this index; undefined: at the last entry. */
  readonly below: number | undefined;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

/** By whether a compaction may have removed the entries. */
const GAP_WORDS = {
  true: ["removed", "they are old, and may have been removed as nobody needs them"],
  false: ["MISSING", "somebody has removed them"],
  null: ["NOT KNOWN", "no checkpoint says whether they may have been removed"],
} as const;

const HEADER = ["INDEX", "STATE", "RECORD", "SIGNED BY", "ISSUED", "WORDS"];

export function logPage({ cluster, page, limit, below, told }: LogPageOptions): string {
  const { log, size, isWhole, breaks, next } = page;
  const start = Math.min(below ?? size + 1, size + 1);
  const newer =
    start > size ? [] : [{ text: "newer", href: start + limit > size ? "log" : `log?below=${start + limit}` }];
  const older = next === null ? [] : [{ text: "older", href: `log?after=${encodeURIComponent(next)}` }];
  return tablePageOf({
    cluster,
    title: `log ${log}`,
    lines: [
      `${size} entries, ${told}.${isWhole ? "" : " NOT WHOLE: something is in the way of this copy of the log."}`,
      ...breaks.map(
        (index) =>
          `CHANGED: entry ${index - 1} has another hash than what comes after it, or a checkpoint, says. Run flor fabric log verify.`,
      ),
    ],
    header: HEADER,
    rows: rowsOf(page),
    links: [{ text: "console", href: "./" }, { text: "newest", href: "log" }, ...newer, ...older],
  });
}

/** Entries and gaps, each in its place. */
function rowsOf({ items, gaps }: EntriesResource): (readonly (string | PageLink)[])[] {
  const rows = [
    ...items.map((entry) => ({ index: entry.index, cells: entryCells(entry) })),
    ...gaps.map((gap) => ({ index: gap.to, cells: gapCells(gap) })),
  ];
  return rows.toSorted((a, b) => b.index - a.index).map(({ cells }) => cells);
}

function entryCells({ index, record }: EntryResource): readonly (string | PageLink)[] {
  const place = { text: String(index), href: `v1/log/entries/${index}` };
  if (record === null) return [place, "NO RECORD", "octets that are no record of this cluster", "", "", ""];
  const { kind, subject, scope, issuer, signed, issued, isInForce, words } = record;
  const by = issuer === null ? signed : [`node ${issuer}`, ...signed];
  return [
    place,
    isInForce ? "in force" : "past",
    `${kind} ${subject} of ${scope}`,
    by.join(", "),
    issued,
    words.join("\n"),
  ];
}

function gapCells({ from, to, mayBeRemoved }: GapResource): readonly string[] {
  const place = from === to ? String(to) : `${to} to ${from}`;
  const [state, why] = GAP_WORDS[`${mayBeRemoved}`];
  return [place, state, `no entries: ${why}`, "", "", ""];
}
