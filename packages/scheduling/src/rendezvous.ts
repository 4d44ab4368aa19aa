/** Rendezvous hashing: whoever knows the same names puts them into the same order for a key, and a name that comes or goes moves no others. */
import { createHash } from "node:crypto";

const HASH_BITS = 48;

/**
 * A number between 0 and 1, neither included, that is drawn by a text: the first 48 bits of its SHA-256, and a half. Numbers of two texts are in the order of their hashes.
 */
export function drawnBy(text: string): number {
  const drawn = createHash("sha256")
    .update(text)
    .digest()
    .readUIntBE(0, HASH_BITS / 8);
  return (drawn + 0.5) / 2 ** HASH_BITS;
}

/** How far in front a name stands, by what it draws: of many keys each name leads those of its share by weight. 0 for a weight of 0. */
export function standingBy(text: string, weight: number): number {
  return weight / -Math.log(drawnBy(text));
}

/**
 * Names in their order for a key, the first in front. Of many keys each name leads an equal share; one name more takes its share from all others alike.
 *
 * @param key Whom the order is for
 */
export function rankFor(key: string, names: Iterable<string>): string[] {
  return [...new Set(names)]
    .map((name) => ({ name, standing: standingBy(`${key} ${name}`, 1) }))
    .toSorted((one, other) => other.standing - one.standing || (one.name < other.name ? -1 : 1))
    .map(({ name }) => name);
}
