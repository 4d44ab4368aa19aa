import { PortalCode, TRANSIT_CHANGES_MAX, type TransitChanges, type TransitProgress } from "@florenetes/portal-api";

/** Why a table is not taken. */
export type TransitRefusal = (typeof PortalCode)["transitInvalid" | "transitFull"];

/** Whoever keeps label tables and forwards by one of them. Tables have numbers, none of which comes twice. */
export interface TransitStore {
  /** Begins a table. One that was begun before is given up; the one that holds does so until this one is whole. */
  begin(table: number, part: TransitChanges): void;
  /** Makes those of the changes that come next. `TransitHandOver.handleTaken` follows, now or later. */
  change(table: number, part: TransitChanges): void;
  /** The table is not wanted any more, whether it holds or not. It may be gone already. */
  drop(table: number): void;
  /** The table held, and another one does in its place. */
  handleReplaced(table: number): void;
}

/** A label table as somebody hands it over. */
interface Handed {
  readonly number: number;
  /** The instance of the cluster vertex. */
  readonly owner: string;
  readonly generation: number;
  readonly whole: number;
  taken: number;
}

/**
 * The label table that holds, and the one that is being handed over: whose they are, and which parts of them are taken.
 *
 *     changes 0 … 511, 512 … 1023, …, 9999        10000, 10001
 *     the table before holds        whole: holds  each at once
 *
 * A table lives on when its owner is gone, until it is replaced, or until another attachment has not confirmed it in time.
 */
export class TransitHandOver {
  readonly #store: TransitStore;
  #current: Handed | undefined;
  #staged: Handed | undefined;
  #lastNumber = 0;
  /** The cluster vertex that is attached, or was. */
  #owner = "";
  /** The newest generation that the owner has begun, in its present attachment. */
  #confirmed = 0;
  /** The newest that it has begun ever. */
  #newest = 0;
  #refusal: TransitRefusal | "" = "";

  constructor(store: TransitStore) {
    this.#store = store;
  }

  /** The table that holds, if it is of the cluster vertex that is attached. */
  get confirmed(): { readonly number: number; readonly generation: number } | undefined {
    return this.#current?.owner === this.#owner && this.#confirmed !== 0 ? this.#current : undefined;
  }

  get progress(): TransitProgress | undefined {
    if (this.#confirmed === 0) return undefined;
    const taken = this.#tableOf(this.#confirmed)?.taken ?? 0;
    return { generation: this.#confirmed, taken, code: this.#refusal };
  }

  handleAttached(owner: string): void {
    this.#confirmed = 0;
    if (owner === this.#owner) return;
    this.#owner = owner;
    this.#newest = 0;
    this.#refusal = "";
    this.#dropStaged();
  }

  dropUnconfirmed(): void {
    if (this.confirmed === undefined) this.#dropCurrent();
    if (this.#confirmed === 0) this.#dropStaged();
  }

  drop(): void {
    this.#dropStaged();
    this.#dropCurrent();
  }

  /** Gives the store a part of the newest table. Some of it may have come before, or may have to come again. */
  handleChanges(part: TransitChanges): void {
    const { generation } = part;
    if (generation < this.#newest || generation === 0) return;
    if (generation > this.#newest) {
      // The newest one has ended whatever was begun before it.
      this.#newest = generation;
      this.#refusal = "";
      this.#dropStaged();
    }
    this.#confirmed = generation;
    if (this.#refusal !== "") return;
    const table = this.#tableOf(generation) ?? this.#begin(part);
    if (table !== undefined && part.changes.length > 0) this.#store.change(table.number, part);
  }

  /** The store has taken so many changes of a table, or has dropped it. */
  handleTaken(number: number, taken: number, refusal: TransitRefusal | ""): void {
    const table = [this.#staged, this.#current].find((handed) => handed?.number === number);
    if (table === undefined) return;
    table.taken = taken;
    if (refusal !== "") this.#refuse(refusal);
    else if (table === this.#staged && taken >= table.whole) {
      if (this.#current !== undefined) this.#store.handleReplaced(this.#current.number);
      this.#current = table;
      this.#staged = undefined;
    }
  }

  #tableOf(generation: number): Handed | undefined {
    const isIt = (table: Handed | undefined): boolean =>
      table?.owner === this.#owner && table.generation === generation;
    if (isIt(this.#staged)) return this.#staged;
    return isIt(this.#current) ? this.#current : undefined;
  }

  #begin(part: TransitChanges): Handed | undefined {
    const { generation, whole, packetsPerSecond, bytesPerSecond } = part;
    const isValid = whole > 0 && packetsPerSecond > 0 && bytesPerSecond > 0;
    if (!isValid || whole > TRANSIT_CHANGES_MAX) {
      this.#refuse(isValid ? PortalCode.transitFull : PortalCode.transitInvalid);
      return undefined;
    }
    this.#staged = { number: ++this.#lastNumber, owner: this.#owner, generation, whole, taken: 0 };
    this.#store.begin(this.#staged.number, part);
    return this.#staged;
  }

  /** A table that is half right is none: all that its owner gave goes. */
  #refuse(refusal: TransitRefusal): void {
    this.#refusal = refusal;
    this.#dropStaged();
    if (this.#current?.owner === this.#owner) this.#dropCurrent();
  }

  #dropStaged(): void {
    if (this.#staged !== undefined) this.#store.drop(this.#staged.number);
    this.#staged = undefined;
  }

  #dropCurrent(): void {
    if (this.#current !== undefined) this.#store.drop(this.#current.number);
    this.#current = undefined;
  }
}
