/** Usage: what relays have carried for organizations, hour by hour. */
import { z } from "zod";
import type { UsageRow } from "../fabric/resources.ts";
import { HOUR_MS } from "../fabric/told-usage.ts";
import { type KnownUsage, usageKey } from "../fabric/usage-book.ts";
import type { ApiRoute } from "./api-route.ts";
import { ApiError } from "./exchange.ts";
import { pageOf } from "./pages.ts";
import { collectionQuery, type QueryForm, readQuery } from "./queries.ts";
import { usageForm } from "./schemas.ts";

const time = z.iso.datetime().optional();

const OTHERS = {
  from: time.describe("rows of this hour and later ones; a time within an hour is one of that hour"),
  to: time.describe("rows of this hour and earlier ones"),
  counted: z
    .enum(["true", "false"])
    .optional()
    .describe("`true`: rows that sums take; `false`: those that they do not"),
} as const;

const FILTERS = {
  organization: "usage of this organization; with nothing behind `=`: of none",
  relay: "what this relay has carried",
} as const;

export const USAGE_QUERY: QueryForm = collectionQuery(FILTERS).extend(OTHERS);

export const USAGE: ApiRoute = {
  path: "/v1/usage",
  summary:
    "usage: what relays have carried for organizations in the last 31 days, by hour, observer, relay and class, the oldest first. `since` is the hour from which on all rows are here that the replica's node has told; `fault` says why there may be others. Each reader sees that of its own organizations, and whoever sees all organizations that of none, too",
  query: USAGE_QUERY,
  form: {
    since: z.iso.datetime().nullable(),
    fault: z.string().nullable(),
    items: z.array(usageForm),
    next: z.string().nullable(),
  },
  answer: ({ sight: { usage }, query: asked }) => {
    const { since, fault } = usage;
    const { limit, after } = asked;
    return { since, fault, ...pageOf({ items: wantedRows(usage, asked), keyOf: usageKey, limit, after }) };
  },
};

/** Rows of usage as text, without pages. */
export const USAGE_CSV: Pick<ApiRoute, "path" | "query"> = {
  path: "/v1/usage.csv",
  query: USAGE_QUERY.omit({ limit: true, after: true }),
};

/** Rows that a query asks for. */
export function wantedRows({ rows }: KnownUsage, asked: Readonly<Record<string, unknown>>): readonly UsageRow[] {
  const { organization, relay, counted, from, to } = asked as Readonly<Record<string, string | undefined>>;
  const [first, last] = [hourOf(from), hourOf(to)];
  return rows.filter(
    (row) =>
      (first === undefined || row.hour >= first) &&
      (last === undefined || row.hour <= last) &&
      (organization === undefined || (row.organization ?? "") === organization) &&
      (relay === undefined || row.relay === relay) &&
      (counted === undefined || String(row.isCounted) === counted),
  );
}

/** Times of rows have one form, so that their order is that of texts. */
function hourOf(time: string | undefined): string | undefined {
  return time === undefined ? undefined : new Date(Math.floor(Date.parse(time) / HOUR_MS) * HOUR_MS).toISOString();
}

const COLUMNS = [
  "hour",
  "organization",
  "partition",
  "observer",
  "relay",
  "class",
  "packets",
  "bytes",
  "claimed",
] as const;

/**
 * Rows as CSV (RFC 4180), with their columns in the first line.
 *
 * @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_USAGE_UNKNOWN: no rows would pass for nothing that was carried
 */
export function usageCsv(usage: KnownUsage, parameters: URLSearchParams): string {
  const asked = readQuery(parameters, USAGE_CSV.query);
  if (usage.since === null)
    throw new ApiError("ERR_CONTROL_USAGE_UNKNOWN", `no usage is known here: ${usage.fault ?? ""}`, {
      "retry-after": "60",
    });
  // Few names stand in many rows.
  const cells = new Map<string, string>();
  const cellOf = (value: string | number | null): string | number => {
    if (typeof value !== "string") return value ?? "";
    let cell = cells.get(value);
    if (cell === undefined) cells.set(value, (cell = textCell(value)));
    return cell;
  };
  const lines = [COLUMNS, ...wantedRows(usage, asked).map((row) => COLUMNS.map((column) => cellOf(row[column])))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** Programs for tables run a cell as a formula that begins so, also where it stands in quotation marks. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/u;

function textCell(value: string): string {
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
