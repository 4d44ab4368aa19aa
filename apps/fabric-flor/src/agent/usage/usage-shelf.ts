/** Usage records that this node holds, as an observer or as a reader of mail: by hour, organization and observer. Pure. */
import { bodyOf, type Fact, readHourSubject } from "@florenetes/facts";
import { bytesOf } from "@florenetes/usage";
import type { KeptChange } from "./kept-usage.ts";
import { SHELF_ROWS_MAX, SHELF_SIZE_MAX } from "./limits.ts";
import { MonthSums } from "./month-sums.ts";

export interface UsageEntry {
  /** The name of its slot: the hour in ten digits, the organization and the observer, so that names are in the order of answers. */
  readonly name: string;
  readonly hour: number;
  /** "": traffic of no organization. */
  readonly organization: string;
  readonly observer: string;
  readonly epoch: number;
  /** The record, in hex. */
  readonly id: string;
  /** The record itself: whoever wants to know more of it reads it, so that years of hours have room. */
  readonly octets: Uint8Array;
  readonly partition: string;
  /** Nodes that the observer has heard for the hour. */
  readonly receipts: number;
  /** Bytes of all relays together. */
  readonly bytes: number;
}

export class UsageShelf {
  readonly #room: { readonly rows: number; readonly size: number };
  readonly #entries = new Map<string, UsageEntry>();
  readonly #changes: KeptChange[] = [];
  /** Names in their order, as far as nothing has come since. */
  #sorted: readonly string[] | undefined = [];
  #size = 0;
  readonly #months = new MonthSums();

  constructor(room: { readonly rows: number; readonly size: number } = { rows: SHELF_ROWS_MAX, size: SHELF_SIZE_MAX }) {
    this.#room = room;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Takes a record that the judge has accepted. Returns what came of it: `taken`, or `older` where another one counts. */
  take(fact: Fact, octets: Uint8Array): "taken" | "older" {
    const entry = entryOf(fact, octets);
    const known = this.#entries.get(entry.name);
    if (known?.id === entry.id) return "taken";
    if (known !== undefined && known.epoch >= entry.epoch) return "older";
    this.#put(entry);
    this.#changes.push({ name: entry.name, octets });
    this.#makeRoom();
    return "taken";
  }

  /** Takes a record of a life before. */
  restore(fact: Fact, octets: Uint8Array): void {
    this.#put(entryOf(fact, octets));
    this.#makeRoom();
  }

  /** The entries of these hours, of one organization or of all, behind a name, in the order of hour, organization and observer. */
  *entries(range: {
    readonly from: number;
    readonly to: number;
    readonly organization?: string | undefined;
    readonly after?: string | undefined;
  }): Generator<UsageEntry, void> {
    const { from, to, organization, after = "" } = range;
    for (const name of this.#names()) {
      const entry = name <= after ? undefined : this.#entries.get(name);
      if (entry === undefined || entry.hour < from) continue;
      if (entry.hour > to) return;
      if (organization === undefined || entry.organization === organization) yield entry;
    }
  }

  /** Bytes that relays have carried for an organization in the calendar month of a time (UTC), also by records that had no room any more. */
  bytesInMonth(organization: string, wall: number): number {
    return this.#months.bytesOf(organization, wall);
  }

  pollChange(): KeptChange | undefined {
    return this.#changes.shift();
  }

  #put(entry: UsageEntry): void {
    const known = this.#entries.get(entry.name);
    this.#size += entry.octets.length - (known?.octets.length ?? 0);
    if (known === undefined) this.#sorted = undefined;
    this.#entries.set(entry.name, entry);
    this.#months.take(entry);
  }

  #names(): readonly string[] {
    return (this.#sorted ??= [...this.#entries.keys()].toSorted());
  }

  /** Lets go of the records of the earliest hours. */
  #makeRoom(): void {
    const { rows, size } = this.#room;
    const hasRoom = (): boolean => this.#entries.size <= rows && this.#size <= size;
    if (hasRoom()) return;
    for (const name of this.#names()) {
      if (hasRoom()) break;
      const entry = this.#entries.get(name);
      if (entry === undefined) continue;
      this.#entries.delete(name);
      this.#size -= entry.octets.length;
      this.#changes.push({ name, octets: undefined });
    }
    this.#sorted = undefined;
  }
}

function entryOf(fact: Fact, octets: Uint8Array): UsageEntry {
  const { hour, node: observer } = readHourSubject(fact.subject)!;
  const organization = fact.scope === "cluster" ? "" : fact.scope.slice("org/".length);
  const name = `${String(hour).padStart(10, "0")}/${organization}/${observer}`;
  const { id, epoch } = fact;
  const body = bodyOf(fact, "usage")!;
  const { partition, receipts } = body;
  return { name, hour, organization, observer, epoch, id, octets, partition, receipts, bytes: bytesOf(body) };
}
