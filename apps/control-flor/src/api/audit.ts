import { ApiError } from "./exchange.ts";
import { AUDIT_ENTRIES_MAX } from "./limits.ts";

/** A request that was let in, and what came of it. */
export interface AuditEntry {
  /** Counts the requests of this audit, over restarts. */
  readonly number: number;
  readonly at: string;
  /** The node of the replica; null: its agent had not said yet. */
  readonly replica: string | null;
  readonly principal: string;
  readonly method: string;
  readonly path: string;
  /** Null: it has begun to change something, and either it is under way, or the process has ended before its end. */
  readonly status: number | null;
  /** The code of the problem; null: it was answered. */
  readonly code: string | null;
}

/** A place for the entries that outlives the process. */
export interface AuditStore {
  /** Tells this audit from others: 16 lower-case hex digits. */
  readonly id: string;
  /** Entries that were there at the start, in the order in which they were written: a later one of the same number is in the place of the earlier one. */
  readonly kept: readonly AuditEntry[];
  /**
   * Writes an entry behind all others.
   *
   * @param isLasting It is to outlive the machine's power
   * @param remembered All other entries that are remembered, in the order of their numbers, for a place that has none of them, or far more
   * @returns false where it could not be written
   */
  readonly append: (entry: AuditEntry, isLasting: boolean, remembered: () => Iterable<AuditEntry>) => boolean;
}

/**
 * The last requests. Each principal has two shares, for what it changes and for all else that it asks, also in vain: the share that has most entries gives room for new ones of all. So nobody who
 * asks much takes the entries of others, or those of its own changes.
 */
export class Audit {
  readonly #store: AuditStore;
  /** In the order of their numbers. */
  readonly #entries = new Map<number, AuditEntry>();
  /** Numbers of entries by principal and kind, the oldest first. None is empty. */
  readonly #shares = new Map<string, number[]>();
  #last = 0;

  constructor(store: AuditStore) {
    this.#store = store;
    for (const entry of store.kept) this.#put(entry);
  }

  get id(): string {
    return this.#store.id;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The newest first. */
  get entries(): readonly AuditEntry[] {
    return [...this.#entries.values()].toReversed();
  }

  /** Notes a request that was answered. */
  add(entry: Omit<AuditEntry, "number">): AuditEntry {
    const added = { number: this.#last + 1, ...entry };
    this.#write(added, false);
    this.#put(added);
    return added;
  }

  /**
   * Notes a request that is about to change something. Its end is noted by `end`.
   *
   * @throws ApiError ERR_CONTROL_AUDIT: it cannot be written, and nothing may be changed
   */
  begin(entry: Omit<AuditEntry, "number" | "status" | "code">): AuditEntry {
    const begun = { number: this.#last + 1, ...entry, status: null, code: null };
    if (!this.#write(begun, true))
      throw new ApiError(
        "ERR_CONTROL_AUDIT",
        "the audit of this replica cannot be written, and without it nothing is changed",
      );
    this.#put(begun);
    return begun;
  }

  end(begun: AuditEntry, status: number, code: string | null): AuditEntry {
    const ended = { ...begun, status, code };
    this.#write(ended, false);
    // Others may have taken its place meanwhile.
    if (this.#entries.has(begun.number)) this.#put(ended);
    return ended;
  }

  /** @returns false where it could not be written */
  #write(entry: AuditEntry, isLasting: boolean): boolean {
    return this.#store.append(entry, isLasting, () => this.#entries.values());
  }

  #put(entry: AuditEntry): void {
    const { number } = entry;
    const known = this.#entries.get(number);
    // An entry that a file has in another order would be out of place for ever.
    if (known === undefined && number <= this.#last) return;
    this.#entries.set(number, entry);
    if (known === undefined) this.#last = number;
    else if (shareOf(known) === shareOf(entry)) return;
    else this.#leave(shareOf(known), number);
    this.#join(shareOf(entry), number);
    if (this.#entries.size > AUDIT_ENTRIES_MAX) this.#dropOne();
  }

  #join(key: string, number: number): void {
    const share = this.#shares.get(key);
    if (share === undefined) this.#shares.set(key, [number]);
    // Most are the newest of all.
    else share.splice(share.findLastIndex((other) => other < number) + 1, 0, number);
  }

  #leave(key: string, number: number): void {
    const share = this.#shares.get(key)!;
    share.splice(share.lastIndexOf(number), 1);
    if (share.length === 0) this.#shares.delete(key);
  }

  /** Drops the oldest entry of the share that has most. */
  #dropOne(): void {
    const [key, numbers] = [...this.#shares].reduce((most, each) => (each[1].length > most[1].length ? each : most));
    this.#entries.delete(numbers.shift()!);
    if (numbers.length === 0) this.#shares.delete(key);
  }
}

function shareOf({ principal, method, status }: AuditEntry): string {
  const isChange = method !== "GET" && method !== "HEAD" && (status ?? 200) < REFUSED;
  return `${principal} ${isChange ? "changes" : "asks"}`;
}

/** HTTP statuses from here on say that nothing was done (RFC 9110, 15). */
const REFUSED = 400;
