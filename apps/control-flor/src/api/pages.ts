/** Pages of a collection. A cursor is the name of the last item of the page before, so that pages neither miss nor repeat an item that stays. */
import { compareTexts } from "../fabric/compare-texts.ts";
import { ApiError } from "./exchange.ts";

export interface PageOptions<Item> {
  /** In the order of their keys. */
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly limit: number;
  /** The cursor of the page before. */
  readonly after: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page; null: this is the last one. */
  readonly next: string | null;
}

/** @throws ApiError ERR_CONTROL_CURSOR */
export function pageOf<Item>({ items, keyOf, limit, after }: PageOptions<Item>): Page<Item> {
  const from = after === undefined ? 0 : firstBehind(items, keyOf, readCursor(after));
  const page = items.slice(from, from + limit);
  const last = page.at(-1);
  const isEnd = from + limit >= items.length;
  return { items: page, next: isEnd || last === undefined ? null : Buffer.from(keyOf(last)).toString("base64url") };
}

/** The cursor of the page of as many items in front of this one: "" for the first page; undefined: this is the first. @throws ApiError ERR_CONTROL_CURSOR */
export function newerThan<Item>({ items, keyOf, limit, after }: PageOptions<Item>): string | undefined {
  const from = after === undefined ? 0 : firstBehind(items, keyOf, readCursor(after));
  if (from === 0) return undefined;
  return from <= limit ? "" : Buffer.from(keyOf(items[from - limit - 1]!)).toString("base64url");
}

function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, "base64url").toString();
  if (Buffer.from(key).toString("base64url") === cursor) return key;
  throw new ApiError("ERR_CONTROL_CURSOR", "`after` is no cursor");
}

function firstBehind<Item>(items: readonly Item[], keyOf: (item: Item) => string, key: string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareTexts(keyOf(items[middle]!), key) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
