/** Pages of names, as holders list them: docs/protocol/storage.md. Pure. */
import type { Answer, HolderTalk } from "./requests.ts";

/** Whether a page is one of what was asked: names in their order, behind `after`. One that goes on leads on, or its reader would never come to an end. */
export function isPageOf(
  { prefix, after }: HolderTalk["list-entries"]["ask"],
  { entries, next }: Answer<"list-entries">,
): boolean {
  let last = after;
  for (const { name } of entries) {
    if (name <= last || !name.startsWith(prefix)) return false;
    last = name;
  }
  return next === null || (entries.length > 0 && next >= last);
}
