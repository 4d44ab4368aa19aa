import type { FeedSource } from "@florenetes/feed";

export interface ServedOptions {
  readonly stream: number;
  readonly peer: string;
  readonly source: FeedSource;
  readonly sections: readonly string[];
  /** The address at which the peer was seen when the stream began: HELLO says it, and comes once; "": it was not known. */
  readonly seen: string;
  readonly beganAt: number;
}

/** A peer that is seen at one address after the other has its stream ended at most once in so long. */
const SEEN_AGAIN_MS = 10_000;

/** A stream that another agent has opened, and reads. */
export class Served {
  readonly stream: number;
  readonly peer: string;
  readonly source: FeedSource;
  readonly #options: ServedOptions;

  constructor(options: ServedOptions) {
    this.#options = options;
    this.stream = options.stream;
    this.peer = options.peer;
    this.source = options.source;
  }

  hasSections(sections: readonly string[]): boolean {
    return sections.join(" ") === this.#options.sections.join(" ");
  }

  /**
   * When the stream ends for the next one to say where the peer is seen, in monotonic milliseconds; Infinity: it has said so.
   *
   * @param seen Where the peer is seen now; "": it is not known
   */
  seenAgainAt(seen: string): number {
    const { seen: said, beganAt } = this.#options;
    if (seen === "" || seen === said) return Number.POSITIVE_INFINITY;
    // A link vertex tells a moment after its link is up: there the peer waits for it.
    return said === "" ? beganAt : beganAt + SEEN_AGAIN_MS;
  }

  /** @param seen Where the peer is seen now */
  nextTimeout(seen: string): number {
    return Math.min(this.source.nextTimeout(), this.seenAgainAt(seen));
  }
}
