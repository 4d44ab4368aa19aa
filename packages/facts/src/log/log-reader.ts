/**
 * Reads a log whose store is not trusted. The chain of hashes shows an entry that was cut out, changed or put elsewhere; what was seen before shows a store
 * that was put back to an earlier state; checkpoints show both to whoever reads for the first time.
 *
 *     head ──▶ entries behind the last one seen ──▶ each names the one before, and the last is the head ──▶ records, for the owner to judge
 *
 * Nothing stops for good: after a fault the reader looks again at each head, and goes on from where it was once the store is whole. Only a fork stays.
 */
import { type Entry, type LogHead, originOf, readEntry } from "./entry.ts";
import type { LogFault } from "./errors.ts";
import { AWAY_MS, EVENTS_KEPT, FORKS_KEPT, HASHES_KEPT, READ_ENTRIES_MAX } from "./limits.ts";
import type { HeadAnswer, ReadAnswer } from "./store.ts";

/** Two heads of one index: somebody who may write the log, or who signs for it, has shown different people different logs. */
export interface ForkEvidence {
  readonly index: number;
  /** Hashes: the one that was seen or signed first, and the other one. */
  readonly hashes: readonly [string, string];
}

export type LogEvent =
  | ({ readonly is: "fault" } & LogFault)
  /** The store is whole again. */
  | { readonly is: "mended" }
  | ({ readonly is: "fork" } & ForkEvidence)
  /** The owner has refused a record. The log goes on behind it: whoever writes it may write anything. */
  | { readonly is: "refused"; readonly index: number; readonly reason: string };

export interface LogReaderOptions {
  readonly cluster: string;
  /** The log's name. */
  readonly name: string;
  /** The last entry that was seen in an earlier life. Default: none, the log is read from its beginning. */
  readonly seen?: LogHead;
  /** Takes a record, once the chain has proven its place, and returns the reason where it is refused. A record may come more than once. */
  readonly judge: (record: Uint8Array, index: number) => string | undefined;
}

export class LogReader {
  readonly #judge: LogReaderOptions["judge"];
  readonly #origin: LogHead;
  /** The last entry whose place is proven. */
  #position: LogHead;
  /** The position before a gap, for as long as no checkpoint has proven what is behind the gap. */
  #beforeGap: LogHead | undefined;
  /** The entry behind the position, whose own octets nothing has proven yet. */
  #pending: Entry | undefined;
  /** The head that the store has said. */
  #target: LogHead | undefined;
  /** Another hash for the entry at the position, as the store's head or next entry has it: the store's own entry there is to be looked at. */
  #claim: { readonly hash: string; readonly by: number } | undefined;
  /** The newest checkpoint. */
  #checkpoint: LogHead | undefined;
  /** Hashes of the last entries. */
  readonly #hashes = new Map<number, string>();
  readonly #forks: ForkEvidence[] = [];
  readonly #events: LogEvent[] = [];
  #fault: LogFault | undefined;
  #now = 0;
  /** The time at which all was read up to the head; undefined for not in this life. */
  #wholeAt: number | undefined;

  constructor({ cluster, name, seen, judge }: LogReaderOptions) {
    this.#judge = judge;
    this.#origin = originOf(cluster, name);
    this.#position = seen ?? this.#origin;
    this.#hashes.set(this.#position.index, this.#position.hash);
  }

  /** The last entry that a later life may begin behind: to be kept on the disk. */
  get seen(): LogHead {
    return this.#beforeGap ?? this.#position;
  }

  /** The present fault of the store; undefined while it is whole, as far as was read. */
  get fault(): LogFault | undefined {
    return this.#fault;
  }

  /** Evidence of forks: once there is one, nobody signs for this log any more. */
  get forks(): readonly ForkEvidence[] {
    return this.#forks;
  }

  /** The hash of an entry that was read, or of the one that this life began behind; undefined where none is remembered. */
  hashAt(index: number): string | undefined {
    return this.#beforeGap === undefined ? this.#hashes.get(index) : undefined;
  }

  pollEvent(): LogEvent | undefined {
    return this.#events.shift();
  }

  /** The entries that are to be read next; undefined when a new head is to be asked for. */
  pollRead(): { readonly from: number; readonly count: number } | undefined {
    if (this.#claim !== undefined) return { from: this.#position.index, count: 1 };
    if (this.#target === undefined) return undefined;
    const from = (this.#pending ?? this.#position).index + 1;
    return { from, count: Math.min(READ_ENTRIES_MAX, this.#target.index - from + 1) };
  }

  /** Takes index and hash of the log's last entry as a checkpoint has them that the owner has accepted. */
  handleCheckpoint(checkpoint: LogHead): void {
    const before = this.#checkpoint;
    if (before?.index === checkpoint.index && before.hash !== checkpoint.hash) {
      this.#handleFork(checkpoint.index, before.hash, checkpoint.hash);
    }
    const read = this.hashAt(checkpoint.index);
    if (read !== undefined && read !== checkpoint.hash) this.#handleFork(checkpoint.index, read, checkpoint.hash);
    if (checkpoint.index > (before?.index ?? 0)) this.#checkpoint = checkpoint;
  }

  /** Takes the head that a store has said. @param now milliseconds of any clock that does not go back */
  handleHead({ head, isCurrent }: HeadAnswer, now: number): void {
    this.#now = now;
    this.#target = undefined;
    this.#claim = undefined;
    this.#pending = undefined;
    const lowest = Math.max(this.#position.index, this.#checkpoint?.index ?? 0);
    if (head.index < lowest) {
      // An answer that may be old says nothing against the store.
      if (isCurrent) this.#handleFault({ kind: "older", index: head.index });
    } else if (head.index > this.#position.index) this.#target = head;
    else if (head.hash === this.#position.hash) this.#handleWhole();
    else if (head.index === 0) this.#handleFault({ kind: "changed", index: 0 });
    else this.#claim = { hash: head.hash, by: head.index };
  }

  /** The answer to what `pollRead` has asked for. */
  handleEntries({ entries, isCurrent }: ReadAnswer): void {
    if (this.#claim !== undefined) return this.#compare(entries[0], this.#claim);
    if (entries.length === 0 && this.#target !== undefined) {
      if (isCurrent) this.#handleFault({ kind: "missing", index: (this.#pending ?? this.#position).index + 1 });
      this.#target = undefined;
    }
    for (const octets of entries) {
      // Entries behind the head were appended since it was asked for.
      if (this.#target === undefined || this.#claim !== undefined) return;
      this.#handleEntry(octets, this.#target);
    }
  }

  #handleEntry(octets: Uint8Array, target: LogHead): void {
    const last = this.#pending ?? this.#position;
    const entry = readEntry(octets);
    if (entry === undefined || entry.index <= last.index) {
      return this.#handleFault({ kind: "changed", index: last.index + 1 });
    }
    if (entry.index > last.index + 1) {
      if (entry.index > target.index || !this.#mayMiss(entry.index - 1))
        return this.#handleFault({ kind: "missing", index: last.index + 1 });
      this.#handleGap(entry);
    } else if (entry.prior !== last.hash) {
      if (this.#pending !== undefined || last.index === 0) {
        return this.#handleFault({ kind: "changed", index: Math.max(1, last.index) });
      }
      this.#claim = { hash: entry.prior, by: entry.index };
      return;
    } else if (this.#pending !== undefined && !this.#take(this.#pending)) return;
    this.#pending = entry;
    if (entry.index !== target.index) return;
    this.#pending = undefined;
    this.#target = undefined;
    if (entry.hash !== target.hash) this.#handleFault({ kind: "changed", index: entry.index });
    else if (this.#take(entry)) this.#handleWhole();
  }

  /**
   * Entries that a compaction has removed are behind a checkpoint: it proves whatever is left between the gap and itself. They are old, so that a reader
   * which has been at the head of late would have read them.
   */
  #mayMiss(index: number): boolean {
    const wasAway = this.#wholeAt === undefined || this.#now - this.#wholeAt >= AWAY_MS;
    return wasAway && this.#checkpoint !== undefined && index < this.#checkpoint.index;
  }

  /** An entry before a gap is proven by nothing but its record. */
  #handleGap(behind: Entry): void {
    if (this.#pending !== undefined) this.#handleRecord(this.#pending);
    this.#pending = undefined;
    this.#beforeGap ??= this.#position;
    this.#hashes.clear();
    this.#position = { index: behind.index - 1, hash: behind.prior };
  }

  /** Takes an entry whose place and octets are proven, unless a checkpoint says otherwise. */
  #take(entry: Entry): boolean {
    if (entry.index === this.#checkpoint?.index) {
      if (entry.hash !== this.#checkpoint.hash) {
        this.#handleFork(entry.index, this.#checkpoint.hash, entry.hash);
        this.#handleFault({ kind: "fork", index: entry.index });
        return false;
      }
      this.#beforeGap = undefined;
    }
    this.#position = { index: entry.index, hash: entry.hash };
    this.#hashes.set(entry.index, entry.hash);
    if (this.#hashes.size > HASHES_KEPT) this.#hashes.delete(this.#hashes.keys().next().value!);
    this.#handleRecord(entry);
    return true;
  }

  #handleRecord({ record, index }: Entry): void {
    const reason = this.#judge(record, index);
    if (reason !== undefined) this.#tell({ is: "refused", index, reason });
  }

  /** Looks at the store's own entry at the position: it is another one (a fork), or what the store says of it is wrong. */
  #compare(octets: Uint8Array | undefined, claim: { readonly hash: string; readonly by: number }): void {
    const { index, hash } = this.#position;
    const entry = octets === undefined ? undefined : readEntry(octets);
    this.#claim = undefined;
    const own = entry?.index === index ? entry.hash : undefined;
    if (own === claim.hash) this.#handleFork(index, hash, own);
    if (own === claim.hash) this.#handleFault({ kind: "fork", index });
    else this.#handleFault({ kind: "changed", index: own === hash ? claim.by : index });
  }

  #handleFork(index: number, first: string, other: string): void {
    const isKnown = this.#forks.some((fork) => fork.index === index && fork.hashes[1] === other);
    if (isKnown || this.#forks.length >= FORKS_KEPT) return;
    const evidence: ForkEvidence = { index, hashes: [first, other] };
    this.#forks.push(evidence);
    this.#tell({ is: "fork", ...evidence });
  }

  #handleFault(fault: LogFault): void {
    this.#target = undefined;
    this.#pending = undefined;
    if (this.#beforeGap !== undefined) {
      this.#position = this.#beforeGap;
      this.#beforeGap = undefined;
      this.#hashes.clear();
      this.#hashes.set(this.#position.index, this.#position.hash);
    }
    if (fault.kind === this.#fault?.kind && fault.index === this.#fault.index) return;
    this.#fault = fault;
    this.#tell({ is: "fault", ...fault });
  }

  #handleWhole(): void {
    this.#wholeAt = this.#now;
    if (this.#fault !== undefined) this.#tell({ is: "mended" });
    this.#fault = undefined;
  }

  #tell(event: LogEvent): void {
    if (this.#events.length < EVENTS_KEPT) this.#events.push(event);
  }
}
