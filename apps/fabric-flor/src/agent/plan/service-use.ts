import { compareFacts, type Fact, floorOf } from "@florenetes/facts";
import { FALLBACKS_MAX } from "../limits.ts";

/** The records by which a service is used here, as they are kept over restarts. */
export interface KeptUse {
  readonly active: string | null;
  /** The newest first. */
  readonly fallbacks: readonly string[];
}

/**
 * One service that this node uses, by the records of its slot:
 *
 *     candidate ── a handshake over its path has proven host and key ──▶ active ── a newer one is proven ──▶ fallback ──▶ ended
 *
 * A live active record yields only to a newer one that is proven, whatever came since. Pure.
 */
export class ServiceUse {
  readonly service: string;
  #active: string | undefined;
  #fallbacks: readonly string[];
  #records: readonly Fact[] = [];
  #candidate: Fact | undefined;

  constructor(service: string, kept: KeptUse = { active: null, fallbacks: [] }) {
    this.service = service;
    this.#active = kept.active ?? undefined;
    this.#fallbacks = kept.fallbacks.slice(0, FALLBACKS_MAX);
  }

  /** The record by which streams go. */
  get active(): Fact | undefined {
    return this.#find(this.#active);
  }

  /** The newest record, as long as it is not proven. */
  get candidate(): Fact | undefined {
    return this.#candidate;
  }

  /** Older records that were active once, the newest first. */
  get fallbacks(): readonly Fact[] {
    return this.#fallbacks.map((id) => this.#find(id)).filter((fact) => fact !== undefined);
  }

  get kept(): KeptUse {
    return { active: this.#active ?? null, fallbacks: this.#fallbacks };
  }

  /** All records in use, those that are preferred first. */
  get inUse(): readonly Fact[] {
    const all = [this.#candidate, this.active, ...this.fallbacks];
    return all.filter((fact) => fact !== undefined);
  }

  /** Takes the records of the slot, as the book holds them: those that have ended or are void are out of use from then on. */
  handleRecords(held: readonly Fact[], now: number): void {
    const floor = floorOf(held);
    const live = held.filter((fact) => fact.void !== true && fact.epoch > floor && now < fact.expires);
    this.#records = live.toSorted((a, b) => compareFacts(b, a));
    this.#fallbacks = this.#fallbacks.filter((id) => this.#find(id) !== undefined);
    if (this.active === undefined) [this.#active, ...this.#fallbacks] = this.#fallbacks;
    const [newest] = this.#records;
    const isNewer = newest !== undefined && (this.active === undefined || compareFacts(newest, this.active) > 0);
    this.#candidate = isNewer ? newest : undefined;
  }

  /** A handshake has proven a host of the candidate. */
  handleProven(): void {
    if (this.#candidate === undefined) return;
    const former = this.#active === undefined ? [] : [this.#active];
    this.#fallbacks = [...former, ...this.#fallbacks].slice(0, FALLBACKS_MAX);
    this.#active = this.#candidate.id;
    this.#candidate = undefined;
  }

  #find(id: string | undefined): Fact | undefined {
    return id === undefined ? undefined : this.#records.find((fact) => fact.id === id);
  }
}
