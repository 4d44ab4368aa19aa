/** Usage as a page of the console: sums with a line over time, and each step of time below. */
import { type PageLink, type PageTable, tablePageOf, type Trend, TREND_ROWS_MAX } from "@florenetes/console";
import { formatBytes } from "@florenetes/process-kit";
import { z } from "zod";
import { type PagingQuery, readQuery } from "../api/queries.ts";
import { USAGE_QUERY } from "../api/usage-routes.ts";
import { type Page, newerThan, pageOf, type PageOptions } from "../api/pages.ts";
import {
  type NameSum,
  type StepSum,
  sumUsage,
  USAGE_GROUPS,
  USAGE_STEPS,
  type UsageGroup,
  type UsageStep,
  type UsageSums,
} from "../fabric/usage-sums.ts";
import type { UsageRow } from "../fabric/resources.ts";
import { USAGE_DRAWN_MAX } from "./limits.ts";
import { linkTo } from "./page-links.ts";

export interface UsagePageOptions {
  readonly cluster: string;
  /** Rows that the reader has asked for. */
  readonly rows: readonly UsageRow[];
  readonly since: string | null;
  readonly fault: string | null;
  readonly by: UsageGroup;
  readonly per: UsageStep;
  /** The rows of a page, and its cursor. */
  readonly limit: number;
  readonly after?: string | undefined;
  /** The filters, the sums and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

const QUERY = USAGE_QUERY.omit({ counted: true }).extend({
  by: z.enum(USAGE_GROUPS).default("organization"),
  per: z.enum(USAGE_STEPS).default("day"),
});

type UsageQuery = Readonly<Record<string, unknown>> & PagingQuery & Pick<UsagePageOptions, "by" | "per">;

/** @throws ApiError ERR_CONTROL_QUERY */
export function readUsageQuery(parameters: URLSearchParams): UsageQuery {
  return readQuery(parameters, QUERY) as UsageQuery;
}

/** @throws ApiError ERR_CONTROL_CURSOR */
export function usagePage(options: UsagePageOptions): string {
  const { cluster, rows, by, per, limit, after } = options;
  const sums = sumUsage(rows, by, per);
  const asked = { items: sums.byStep, keyOf: stepKey, limit, after };
  const page = pageOf(asked);
  return tablePageOf({
    cluster,
    title: "usage",
    lines: linesOf(sums, options),
    ...nameTable(sums, by, per),
    further: [stepTable(page, by, per)],
    links: linksOf(options, page, asked),
  });
}

function linesOf({ whole, names, hours, hoursMissing }: UsageSums, options: UsagePageOptions): readonly string[] {
  const { since, fault, told } = options;
  const known = since === null ? "Nothing is known" : `Since ${hourWords(since)}`;
  const left = names.length - TREND_ROWS_MAX;
  return [
    `${known}: ${countWords(whole)} count that relays have carried, ${told}.`,
    ...(fault === null ? [] : [`NOT WHOLE: ${fault}.`]),
    ...(whole.beyond === 0
      ? []
      : [`CLAIMED BEYOND: relays say that they have carried ${formatBytes(whole.beyond)} more, which do not count.`]),
    ...(hoursMissing === 0
      ? []
      : [
          `MISSING: in ${hoursMissing} of ${hours} hours of an organization nodes were not heard, so that it may be more.`,
        ]),
    ...(left > 0 ? [`${left} more with fewer bytes have no line; the lower table has all.`] : []),
    "Bytes are those of whole mesh packets. Of several observers of an organization, partition and hour, the one that has heard most nodes counts.",
  ];
}

/** Names with a line each, as a table has room for. */
function nameTable({ names, steps }: UsageSums, by: UsageGroup, per: UsageStep): Pick<PageTable, "header" | "rows"> {
  const drawn = steps.slice(-USAGE_DRAWN_MAX);
  const rows = names
    .slice(0, TREND_ROWS_MAX)
    .map((sum) => [
      nameLink(sum.name, by),
      trendOf(sum, drawn, per),
      String(sum.packets),
      sum.beyond === 0 ? "" : formatBytes(sum.beyond),
    ]);
  return { header: [by.toUpperCase(), `BYTES, BY ${per.toUpperCase()}`, "PACKETS", "CLAIMED BEYOND"], rows };
}

function trendOf({ bytes, bySteps }: NameSum, drawn: readonly string[], per: UsageStep): Trend {
  const values = bySteps.slice(-drawn.length);
  const most = formatBytes(Math.max(...values.map((value) => value ?? 0)));
  const label = `by ${per} from ${stepWords(drawn[0]!)} to ${stepWords(drawn.at(-1)!)}, at most ${most}`;
  return { text: formatBytes(bytes), values, label };
}

function stepTable({ items }: Page<StepSum>, by: UsageGroup, per: UsageStep): PageTable {
  const rows = items.map(({ step, name, packets, bytes, beyond }) => [
    stepWords(step),
    nameWords(name, by),
    formatBytes(bytes),
    String(packets),
    beyond === 0 ? "" : formatBytes(beyond),
  ]);
  const header = [per.toUpperCase(), by.toUpperCase(), "BYTES", "PACKETS", "CLAIMED BEYOND"];
  return { title: `each ${per}, the newest first`, header, rows };
}

function linksOf(
  { by, per, kept }: UsagePageOptions,
  { next }: Page<StepSum>,
  asked: PageOptions<StepSum>,
): readonly PageLink[] {
  const newer = newerThan(asked);
  const other = (text: string, name: string, value: string): PageLink => {
    const query = new URLSearchParams(kept);
    query.set(name, value);
    return linkTo(text, "usage", query);
  };
  const filters = new URLSearchParams([...kept].filter(([name]) => FILTERS.has(name)));
  filters.set("counted", "true");
  return [
    { text: "console", href: "./" },
    { text: "budgets", href: "budgets" },
    ...(kept.has("organization") || kept.has("relay") ? [{ text: "all usage", href: "usage" }] : []),
    ...USAGE_GROUPS.filter((each) => each !== by).map((each) => other(`by ${each}`, "by", each)),
    ...USAGE_STEPS.filter((each) => each !== per).map((each) => other(`per ${each}`, "per", each)),
    linkTo("as CSV", "v1/usage.csv", filters),
    ...(newer === undefined ? [] : [linkTo("newer", "usage", kept, newer === "" ? {} : { after: newer })]),
    ...(next === null ? [] : [linkTo("older", "usage", kept, { after: next })]),
  ];
}

/** Parameters of the page that the API has, too. */
const FILTERS: ReadonlySet<string> = new Set(["organization", "relay", "from", "to"]);

/** A link to the usage of one organization or relay. */
function nameLink(name: string | null, by: UsageGroup): string | PageLink {
  const words = nameWords(name, by);
  if (by === "class" || (by === "relay" && name === null)) return words;
  const query = new URLSearchParams({ [by]: name ?? "", by: by === "relay" ? "organization" : "relay" });
  return linkTo(words, "usage", query);
}

function nameWords(name: string | null, by: UsageGroup): string {
  return name ?? (by === "organization" ? "(none)" : "(not named)");
}

/** `2026-11-29T22` is `2026-11-29 22:00`. */
function stepWords(step: string): string {
  const [day = "", hour] = step.split("T");
  return hour === undefined ? day : `${day} ${hour}:00`;
}

function hourWords(time: string): string {
  return stepWords(time.slice(0, "2026-01-01T00".length));
}

function countWords({ bytes, packets }: UsageSums["whole"]): string {
  return `${formatBytes(bytes)} in ${packets} packets`;
}

const LAST_DIGIT = 9;

/** The place of a sum in the order of the newest first, as texts are compared: digits are turned around. */
function stepKey({ step, name }: StepSum): string {
  return `${step.replaceAll(/\d/g, (digit) => String(LAST_DIGIT - Number(digit)))} ${name ?? ""}`;
}
