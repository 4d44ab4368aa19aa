/** Entries of the log as a page of the console. */
import { type PageLink, tablePageOf } from "@florenetes/console";
import type { EntriesResource, EntryResource, GapResource } from "../fabric/resources.ts";
import { linkTo, writeTrail } from "./page-links.ts";

export interface LogPageOptions {
  readonly cluster: string;
  readonly page: EntriesResource;
  /** The page begins below this index; undefined: at the last entry. */
  readonly below: number | undefined;
  /** The places of the pages before, as `readTrail` has them. */
  readonly trail: readonly number[];
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
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

export function logPage({ cluster, page, below, trail, kept, told }: LogPageOptions): string {
  const { log, size, isWhole, breaks, next } = page;
  const older =
    next === null ? [] : [linkTo("older", "log", kept, { after: next, back: writeTrail([...trail, below ?? 0]) })];
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
    links: [{ text: "console", href: "./" }, linkTo("newest", "log", kept), ...newerLink(trail, kept), ...older],
  });
}

/** The link to the page from which one has come; none where nobody knows it. */
function newerLink(trail: readonly number[], kept: URLSearchParams): readonly PageLink[] {
  const below = trail.at(-1);
  if (below === undefined) return [];
  const back = writeTrail(trail.slice(0, -1));
  return [linkTo("newer", "log", kept, { ...(below > 0 && { below: `${below}` }), ...(back !== "" && { back }) })];
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
