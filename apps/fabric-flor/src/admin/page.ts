/** Pages of long answers: the items that come next in the order of their keys, as far as an answer has room. Whoever does not read his answer has it kept here, so it is bounded. Pure. */
import { OperatorError } from "@florenetes/operator-text";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

/** About how many characters the answers of a page have as JSON. */
const PAGE_SIZE_MAX = 1_048_576;

export interface PageOptions<Item, Answer> {
  /** Only items with higher keys are told; undefined: all. */
  readonly after: string | undefined;
  /** Items of a page. */
  readonly most: number;
  /** Another key for each item: its place in the order of UTF-16. */
  readonly keyOf: (item: Item) => string;
  readonly answerOf: (item: Item) => Answer;
}

export interface Page<Item, Answer> {
  readonly told: readonly Answer[];
  /** Items behind those that are told. */
  readonly left: number;
  /** The last item that is told, behind which the next page begins; undefined: nothing is left. */
  readonly last: Item | undefined;
}

/** The next page of some items, in whatever order these come; it has one of them always. */
export function pageOf<Item, Answer>(items: Iterable<Item>, options: PageOptions<Item, Answer>): Page<Item, Answer> {
  const { first, count } = firstOf(items, options);
  const told: Answer[] = [];
  let size = 0;
  for (const { item } of first) {
    const answer = options.answerOf(item);
    size += JSON.stringify(answer).length;
    if (told.length > 0 && size > PAGE_SIZE_MAX) break;
    told.push(answer);
  }
  const left = count - told.length;
  return { told, left, last: left > 0 ? first[told.length - 1]!.item : undefined };
}

/** The mistake of whoever asks for the page behind something that no page ends with. */
export function afterError(after: string, form: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_AFTER";
  const text = after.length > TOLD_MAX ? `${after.slice(0, TOLD_MAX)}…` : after;
  return new OperatorError(code, `after: "${text}" is not of the form ${form}`, {
    advice: "Ask with the `next` of the answer before, percent-encoded, or without `after` for the first page.",
  });
}

/** Characters of a wrong `after` that are told. */
const TOLD_MAX = 128;

interface Keyed<Item> {
  readonly key: string;
  readonly item: Item;
}

/** The first items behind `after` in the order of their keys, and how many there are in all. A page costs no order of all items. */
function firstOf<Item>(
  items: Iterable<Item>,
  { after, most, keyOf }: Pick<PageOptions<Item, unknown>, "after" | "most" | "keyOf">,
): { readonly first: readonly Keyed<Item>[]; readonly count: number } {
  const found: Keyed<Item>[] = [];
  let [count, bar]: [number, string | undefined] = [0, undefined];
  for (const item of items) {
    const key = keyOf(item);
    if (after !== undefined && key <= after) continue;
    count++;
    if (bar !== undefined && key > bar) continue;
    found.push({ key, item });
    if (found.length < 2 * most) continue;
    found.sort(byKey);
    found.length = most;
    bar = found[most - 1]!.key;
  }
  found.sort(byKey);
  return { first: found.slice(0, most), count };
}

function byKey(a: Keyed<unknown>, b: Keyed<unknown>): number {
  return a.key < b.key ? -1 : 1;
}
