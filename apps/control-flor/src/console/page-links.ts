/** Links between pages of one table: each keeps the filters and the number of rows. */
import type { PageLink } from "@florenetes/console";
import { ApiError } from "../api/exchange.ts";

/** A link to a page of a table, with what its reader has asked for. */
export function linkTo(
  text: string,
  table: string,
  kept: URLSearchParams,
  place: Readonly<Record<string, string>> = {},
): PageLink {
  const query = new URLSearchParams([...kept, ...Object.entries(place)]);
  return { text, href: query.size === 0 ? table : `${table}?${query.toString()}` };
}

/** The part of a query that all pages of a table have. */
export function keptOf(query: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams(query);
  for (const name of ["after", "below", "back"]) kept.delete(name);
  return kept;
}

const TRAIL = /^\d{1,16}(\.\d{1,16}){0,31}$/;

/**
 * Indexes below which the pages before this one began, the nearest last; 0: at the last entry. Pages with filters have no places of their own, so that the way back is how one has come.
 *
 * @throws ApiError ERR_CONTROL_QUERY
 */
export function readTrail(text: string | null): readonly number[] {
  if (text === null) return [];
  if (TRAIL.test(text)) return text.split(".").map(Number);
  throw new ApiError("ERR_CONTROL_QUERY", "`back` is no list of places");
}

const TRAIL_MAX = 32;

export function writeTrail(trail: readonly number[]): string {
  return trail.slice(-TRAIL_MAX).join(".");
}
