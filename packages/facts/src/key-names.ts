import { keyIdOf } from "./keys.ts";
import type { KeyList } from "./root-body.ts";

/** Digits of a key id that tell it from others. */
const ID_DIGITS = 16;

/** Says for people which key of some lists an id is: by its name there, or as `key <first digits of the id>`. */
export function keyNamer(lists: Iterable<KeyList | undefined>): (id: string) => string {
  const names = new Map<string, string>();
  for (const list of lists) for (const { key, name } of list?.keys ?? []) names.set(keyIdOf(key), name);
  return (id) => names.get(id) ?? `key ${id.slice(0, ID_DIGITS)}`;
}
