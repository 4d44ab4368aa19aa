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

const CURSORS = /^[\w-]+(\.[\w-]+)*$/;

/** Characters of the way back over pages of all audits. A cursor has up to 1,400, and a browser sends all of it with each request. */
const CURSORS_LENGTH_MAX = 4_096;

/** Stands for the first page among cursors. */
export const FIRST_PAGE = "0";

/**
 * Cursors of the pages before this one, the nearest last. Places in the audits of several replicas can be followed in one direction alone, so that the way back is how one has come.
 *
 * @throws ApiError ERR_CONTROL_QUERY
 */
export function readCursors(text: string | null): readonly string[] {
  if (text === null) return [];
  if (text.length <= CURSORS_LENGTH_MAX && CURSORS.test(text)) return text.split(".");
  throw new ApiError("ERR_CONTROL_QUERY", "`back` is no list of places");
}

/** Leaves out the first ones where they have no room. */
export function writeCursors(cursors: readonly string[]): string {
  const text = cursors.join(".");
  return text.length <= CURSORS_LENGTH_MAX ? text : writeCursors(cursors.slice(1));
}
