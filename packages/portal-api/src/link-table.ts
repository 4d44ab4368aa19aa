import { CLOSED_LINKS_MAX } from "./limits.ts";
import type { LinkKey, LinkStatus, LinkWish } from "./link.ts";
import type { GenerationStatus } from "./messages.ts";
import { isSameLink, isSameStatus, isSameWish, keyText, noLink } from "./wish.ts";

interface Entry {
  wish: LinkWish;
  status: LinkStatus;
  /** The generation of the table in which the status of the link changed last. */
  generation: bigint;
  /** The request id of the newest OpenLink for the link in this attachment; 0: the link is left over from an earlier attachment. */
  requestId: number;
}

/**
 * The links that a cluster vertex wants, and what they are. Every change of a state counts the table's generation up, and
 * gives the new number to the link: so "what changed since" has an answer, whichever messages were lost.
 */
export class LinkTable {
  /** Most links that may be wanted at present. */
  readonly linksMax: () => number;
  readonly #entries = new Map<string, Entry>();
  /** The requests that closed links of this attachment, so that a late OpenLink does not bring a link back. */
  readonly #closed = new Map<string, number>();
  #generation = 0n;
  /** Undefined: not looked at since the last change. */
  #isQuiet: boolean | undefined;

  constructor(linksMax: () => number) {
    this.linksMax = linksMax;
  }

  get generation(): bigint {
    return this.#generation;
  }

  /** Whether there are links, and all of them are up and quiet. */
  get isQuiet(): boolean {
    if (this.#isQuiet === undefined) {
      const all = [...this.#entries.values()];
      this.#isQuiet =
        all.length > 0 && all.every(({ status }) => status.state === "up" && status.quietSeconds !== undefined);
    }
    return this.#isQuiet;
  }

  has(key: LinkKey): boolean {
    return this.#entries.has(keyText(key));
  }

  statuses(): LinkStatus[] {
    return Array.from(this.#entries.values(), ({ status }) => status);
  }

  /** A new attachment begins: no link is asked for yet, and request ids start anew. */
  unclaimAll(): void {
    this.#closed.clear();
    for (const entry of this.#entries.values()) entry.requestId = 0;
  }

  /**
   * `known`: the link goes on, and its state is told again. `altered`: the link goes on with another rate, other pins or another limit of calls. `changed`: the link has another
   * role or endpoint, and starts afresh.
   */
  open(requestId: number, wish: LinkWish): "new" | "known" | "altered" | "changed" | "late" | "full" {
    const key = keyText(wish);
    const entry = this.#entries.get(key);
    if (requestId < (entry?.requestId ?? this.#closed.get(key) ?? 0)) return "late";
    this.#isQuiet = undefined;
    if (entry === undefined) {
      if (this.#entries.size >= this.linksMax()) return "full";
      this.#closed.delete(key);
      this.#entries.set(key, {
        wish,
        status: noLink(wish, "connecting", "", ""),
        generation: ++this.#generation,
        requestId,
      });
      return "new";
    }
    if (entry.requestId === requestId) return "known";
    entry.requestId = requestId;
    entry.generation = ++this.#generation;
    if (isSameWish(entry.wish, wish)) return "known";
    const isLiving = isSameLink(entry.wish, wish);
    entry.wish = wish;
    if (isLiving) return "altered";
    entry.status = noLink(wish, "connecting", "", "");
    return "changed";
  }

  close(requestId: number, key: LinkKey): "closed" | "unknown" | "late" {
    const text = keyText(key);
    const entry = this.#entries.get(text);
    if (requestId < (entry?.requestId ?? 0)) return "late";
    this.#isQuiet = undefined;
    this.#closed.delete(text);
    this.#closed.set(text, requestId);
    for (const oldest of this.#closed.keys()) {
      if (this.#closed.size <= CLOSED_LINKS_MAX) break;
      this.#closed.delete(oldest);
    }
    return this.#entries.delete(text) ? "closed" : "unknown";
  }

  /** Returns whether that changed anything. */
  setStatus(told: LinkStatus): boolean {
    const entry = this.#entries.get(keyText(told));
    // Only a link that is up has a handle, an MTU and a queue.
    const status =
      told.state === "up" ? { ...told } : { ...told, handle: 0, mtu: 0, preferredMtu: 0, isCongested: false };
    if (entry === undefined || isSameStatus(entry.status, status)) return false;
    entry.status = status;
    entry.generation = ++this.#generation;
    this.#isQuiet = undefined;
    return true;
  }

  /** The links that this attachment has asked for and whose state changed after that generation, oldest change first. */
  changedSince(generation: bigint): GenerationStatus[] {
    const changed: GenerationStatus[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.requestId !== 0 && entry.generation > generation) {
        changed.push({ generation: entry.generation, status: entry.status });
      }
    }
    return changed.sort((a, b) => (a.generation < b.generation ? -1 : 1));
  }

  /** Removes the links that nobody asked for again, and returns them. */
  removeUnclaimed(): LinkKey[] {
    this.#isQuiet = undefined;
    const removed: LinkKey[] = [];
    for (const [text, entry] of this.#entries) {
      if (entry.requestId !== 0) continue;
      this.#entries.delete(text);
      removed.push(entry.wish);
    }
    return removed;
  }

  clear(): void {
    this.#isQuiet = undefined;
    this.#entries.clear();
    this.#closed.clear();
  }
}
