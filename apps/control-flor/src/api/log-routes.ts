/** Questions for entries of the log: the agent is asked for each, as it may have more of them than anybody keeps. */
import { z } from "zod";
import type { EntryResource } from "../fabric/resources.ts";
import type { Sight } from "../fabric/sight.ts";
import type { ApiRoute } from "./api-route.ts";
import { ApiError } from "./exchange.ts";
import { EntryPage } from "./entry-page.ts";
import { readLogCursor } from "./log-cursor.ts";
import { collectionQuery, NO_QUERY, readQuery } from "./queries.ts";
import { checkpointForm, entriesFields, entryForm } from "./schemas.ts";

const FILTERS = {
  kind: "entries with records of this kind",
  scope: "`cluster`, or `org/` and a name",
  subject: "records of this subject",
  issuer: "records that this node has signed",
} as const;

const below = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional();
const query = collectionQuery(FILTERS).extend({
  below: below.describe("entries below this index, in the place of a cursor"),
});

export const LOG_ENTRIES: Omit<ApiRoute, "answer"> = {
  path: "/v1/log/entries",
  summary:
    "entries of the log, the newest first. A page with filters may have few items, or none, and others behind it: `next` is null on the last one alone",
  query,
  form: entriesFields,
};

export const LOG_ENTRY: Omit<ApiRoute, "answer"> = {
  path: "/v1/log/entries/{index}",
  summary:
    "one entry, with its octets, and the last checkpoint: by the hashes between them anybody sees that it is in the log",
  query: NO_QUERY,
  form: { entry: entryForm, checkpoint: checkpointForm.nullable() },
};

/** The part of a question to the agent by which it passes over entries of other records. */
export function filtersOf(parameters: URLSearchParams): string {
  const filters = Object.keys(FILTERS).flatMap((name) => {
    const wanted = parameters.get(name);
    return wanted === null ? [] : [`&${name}=${encodeURIComponent(wanted)}`];
  });
  return filters.join("");
}

/**
 * A page that is to be gathered, as a request asks for it, of what its reader sees.
 *
 * @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR
 */
export function entryPageFor(parameters: URLSearchParams, sight: Sight): EntryPage {
  const asked = readQuery(parameters, query);
  const start = asked["below"] as number | undefined;
  if (start !== undefined && asked.after !== undefined)
    throw new ApiError("ERR_CONTROL_QUERY", "`below` and `after` are not given together");
  const wanted = (Object.keys(FILTERS) as (keyof typeof FILTERS)[]).filter((name) => asked[name] !== undefined);
  return new EntryPage({
    limit: asked.limit,
    below: start,
    cursor: asked.after === undefined ? undefined : readLogCursor(asked.after),
    isWanted: (entry) => isShown(entry, sight) && wanted.every((name) => entry.record?.[name] === asked[name]),
  });
}

/** Octets that are no record of the cluster may be anything: they are for whoever sees all. */
export function isShown({ record }: EntryResource, sight: Sight): boolean {
  return record === null ? sight.seesAll : sight.isShown(record.kind, record.scope);
}

const INDEX = /^[1-9]\d{0,15}$/;

/** @throws ApiError ERR_CONTROL_ABSENT for what is no index */
export function readIndex(text: string): number {
  if (INDEX.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new ApiError("ERR_CONTROL_ABSENT", "there is no entry of this index");
}
