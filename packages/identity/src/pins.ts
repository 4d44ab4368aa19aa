/** Pins bind principals to keys: a certificate in order is not enough where there is one. */

/**
 * The keys of principals, by their short form (`service/web`). A principal with an entry must show one of these keys: the lower-case hex SHA-256
 * of the SubjectPublicKeyInfo (DER) of its leaf certificate. An empty entry lets nobody in. A principal without an entry may show any
 * key. A Map is one.
 */
export interface Pins {
  get(principal: string): ReadonlySet<string> | undefined;
}

/** Says why a key may not be shown, in words that follow a name of its owner; undefined: it may. */
export function wrongKeyText(keyHash: string, pinned: ReadonlySet<string> | undefined): string | undefined {
  if (pinned === undefined || pinned.has(keyHash)) return undefined;
  if (pinned.size === 0) return `key ${keyHash} is refused: this principal has no pinned key at all`;
  return `key ${keyHash} is none of the pinned keys of this principal`;
}
