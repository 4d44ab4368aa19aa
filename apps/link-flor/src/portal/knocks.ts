import { type Knock, keyText } from "@florenetes/portal-api";
import { KNOCK_MS, KNOCKS_EACH_MAX, KNOCKS_MAX } from "./limits.ts";

/**
 * The knocks that the cluster vertex was told of lately: vertices that have certificates of the cluster, and may be any number, call as often as
 * they like. Each is told once in a while, and of no more than so many at a time.
 */
export class Knocks {
  /** Knocks that were told, and those that were not since too many others were. */
  told = 0;
  dropped = 0;
  /** By `keyText`, the oldest first. */
  readonly #recent = new Map<string, { readonly peer: string; readonly at: number }>();

  /** Whether the cluster vertex is to be told. */
  take(knock: Knock, now: number): boolean {
    this.#forget(now);
    const key = keyText(knock);
    if (this.#recent.has(key)) return false;
    if (this.#recent.size >= KNOCKS_MAX || this.#countOf(knock.peer) >= KNOCKS_EACH_MAX) {
      this.dropped++;
      return false;
    }
    this.#recent.set(key, { peer: knock.peer, at: now });
    this.told++;
    return true;
  }

  /** Another cluster vertex is there, which has heard of none. */
  clear(): void {
    this.#recent.clear();
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#recent) {
      if (now - at < KNOCK_MS) return;
      this.#recent.delete(key);
    }
  }

  #countOf(peer: string): number {
    let count = 0;
    for (const recent of this.#recent.values()) if (recent.peer === peer) count++;
    return count;
  }
}
