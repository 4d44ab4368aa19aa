import { AUDIT_ENTRIES_MAX } from "./limits.ts";

/** A request that was let in, and what came of it. */
export interface AuditEntry {
  /** Counts the requests of this process. */
  readonly number: number;
  readonly at: string;
  readonly principal: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The code of the problem; null: it was answered. */
  readonly code: string | null;
}

/** The last requests. Each principal has a share: whoever has most entries gives room for new ones of all. */
export class Audit {
  /** By principal, the oldest first. None is empty. */
  readonly #entries = new Map<string, AuditEntry[]>();
  #size = 0;
  #requests = 0;

  get requests(): number {
    return this.#requests;
  }

  /** The newest first. */
  get entries(): readonly AuditEntry[] {
    return [...this.#entries.values()].flat().toSorted((a, b) => b.number - a.number);
  }

  add(entry: Omit<AuditEntry, "number">): AuditEntry {
    const added = { number: ++this.#requests, ...entry };
    const own = this.#entries.get(entry.principal);
    if (own === undefined) this.#entries.set(entry.principal, [added]);
    else own.push(added);
    if (++this.#size > AUDIT_ENTRIES_MAX) this.#dropOne();
    return added;
  }

  /** Drops the oldest entry of whoever has most. */
  #dropOne(): void {
    const [principal, entries] = [...this.#entries].reduce((most, each) =>
      each[1].length > most[1].length ? each : most,
    );
    entries.shift();
    if (entries.length === 0) this.#entries.delete(principal);
    this.#size--;
  }
}
