import { AUDIT_ENTRIES_MAX } from "./limits.ts";

/** A request, and what came of it. */
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

/** The last requests, the newest first. */
export class Audit {
  readonly #entries: AuditEntry[] = [];
  #requests = 0;

  get requests(): number {
    return this.#requests;
  }

  /** The newest first. */
  get entries(): readonly AuditEntry[] {
    return this.#entries.toReversed();
  }

  add(entry: Omit<AuditEntry, "number">): AuditEntry {
    const added = { number: ++this.#requests, ...entry };
    this.#entries.push(added);
    if (this.#entries.length > AUDIT_ENTRIES_MAX) this.#entries.shift();
    return added;
  }
}
