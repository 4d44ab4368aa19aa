/** Hosts that say that a service takes nothing more there, as a user of theirs judges them. Pure. */

/** A host counts as full for so long behind the last time that it said so: one that says so again and again moves nobody to and fro. */
const CALM_MS = 10_000;

interface Said {
  readonly word: string;
  /** When the word came, or until when this node has seen it itself: milliseconds since 1970. */
  readonly at: number;
  /** The host still says so. */
  readonly lasts: boolean;
}

export class FullHosts {
  /** By services and hosts. */
  readonly #said = new Map<string, Said>();

  /**
   * Whether a host counts as full.
   *
   * @param key The service and the host
   * @param word What tells apart the times that it said so; "" where this node itself is the host; undefined: it says nothing of the kind
   * @param now Milliseconds since 1970
   */
  isFull(key: string, word: string | undefined, now: number): boolean {
    const known = this.#said.get(key);
    if (word === undefined && known === undefined) return false;
    // A clock that was put back would have it last until the former time comes again.
    const heardAt = Math.min(known?.at ?? now, now);
    if (word !== undefined) {
      this.#said.set(key, { word, at: word === known?.word ? heardAt : now, lasts: true });
      return true;
    }
    const { word: former, lasts } = known!;
    const at = lasts && former === "" ? now : heardAt;
    this.#said.set(key, { word: former, at, lasts: false });
    return now < at + CALM_MS;
  }

  /** Forgets all others. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#said.keys()) if (!keys.has(key)) this.#said.delete(key);
  }

  /** When a host counts as full no more, in milliseconds since 1970; Infinity: none does so by the time alone. */
  nextTimeout(now: number): number {
    const ends = [...this.#said.values()].map(({ at, lasts }) => (lasts ? Number.POSITIVE_INFINITY : at + CALM_MS));
    return Math.min(Number.POSITIVE_INFINITY, ...ends.filter((at) => at > now));
  }
}
