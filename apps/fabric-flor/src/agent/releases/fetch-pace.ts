/** When a node fetches a release: at a time of its own within a minute, and after a failure later each time. Pure. */
import { turnOf } from "@florenetes/releases/stages";
import { FETCH_AGAIN_MS, FETCH_AGAIN_MS_MAX, FETCH_SPREAD_MS } from "./limits.ts";

export class FetchPace {
  /** A number from 0 to 1 of this node and release: nodes that may fetch at the same moment do it one after the other. */
  readonly #share: number;
  #failures = 0;
  /** When the next fetch is due: monotonic. */
  dueAt: number;

  /** @param now When the node may fetch from: monotonic */
  constructor(node: string, record: string, now: number) {
    this.#share = turnOf(record, node);
    this.dueAt = now + Math.floor(this.#share * FETCH_SPREAD_MS);
  }

  /** Takes a failure: the pause is between half and all of 30 s, then twice as long each time, up to 10 minutes. */
  handleFailure(now: number): void {
    const longest = Math.min(FETCH_AGAIN_MS_MAX, FETCH_AGAIN_MS * 2 ** Math.min(this.#failures + 1, 16));
    this.#failures++;
    this.dueAt = now + Math.max(FETCH_AGAIN_MS, Math.floor(longest * (0.5 + this.#share / 2)));
  }

  /** The release was fetched. */
  handleSuccess(): void {
    this.#failures = 0;
  }
}
