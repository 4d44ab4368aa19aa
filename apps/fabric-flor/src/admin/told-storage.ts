/** Storage that organizations use, as the holder of this node tells: it counts it by the names that it keeps. Pure. */

import { isName } from "@florenetes/operator-text";

/** Organizations of one telling: a holder tells no more, and more are not remembered. */
const ORGANIZATIONS_MAX = 100;
/** A word counts for so long: a holder asks each 5 s. */
const TOLD_MS = 60_000;
const WORD = /^(?<organization>[^:]+):(?<octets>\d{1,15})$/;

export class ToldStorage {
  #octets: ReadonlyMap<string, number> = new Map();
  #at = Number.NEGATIVE_INFINITY;

  /** Takes all words of a question, as `acme:1048576`; none: whoever asks is no holder. @param now monotonic milliseconds */
  handleTold(words: readonly string[], now: number): void {
    if (words.length === 0) return;
    const told = words.slice(0, ORGANIZATIONS_MAX).flatMap((word) => {
      const { organization, octets } = WORD.exec(word)?.groups ?? {};
      return organization === undefined || !isName(organization) ? [] : [[organization, Number(octets)] as const];
    });
    this.#octets = new Map(told);
    this.#at = now;
  }

  /** Octets of an organization's objects; undefined: the node holds none of it, or its holder is silent. */
  usedOf(organization: string, now: number): number | undefined {
    return now - this.#at > TOLD_MS ? undefined : this.#octets.get(organization);
  }
}
