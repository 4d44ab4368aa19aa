import { LINK_NONE } from "../labels/label-entries.ts";
import { slotOf, successorOf } from "../labels/slot-number.ts";
import { keyText, type LinkKey, LINKS_MAX, type LinkStatus } from "@florenetes/portal-api";

/** A link as packets find it. */
export interface TransitLinkRow {
  /** 0 while it is not up. */
  readonly handle: number;
  readonly mtu: number;
  readonly preferredMtu: number;
}

type Row = { -readonly [Column in keyof TransitLinkRow]: TransitLinkRow[Column] };

/** A link in its slot. */
interface Numbered {
  readonly key: string;
  readonly number: number;
  readonly row: Row;
  /** Tables that name the link. */
  tables: number;
}

/**
 * The links of a portal as its tables name them: a number (`slotOf`) for each, since counts go by it. A link keeps its number while a table names it,
 * and afterwards until all slots are taken: then the slot of the link that was named longest ago is another link's, under a number of
 * another generation.
 */
export class TransitLinks {
  readonly #numbers = new Map<string, number>();
  /** By slots. */
  readonly #slots: Numbered[] = [];
  /** Links that no table names, that which was named longest ago first. */
  readonly #resting = new Set<number>();
  /** The links that each table names. */
  readonly #named = new Map<number, Set<number>>();
  readonly #linkOfHandle = new Map<number, number>();
  /** The states of all links that are wanted: a table may name them later. */
  readonly #statuses = new Map<string, LinkStatus>();
  readonly #onRow: (link: number, row: TransitLinkRow) => void;
  readonly #onReused: (link: number) => void;

  /**
   * @param onRow Is told what a link is now, when that has changed.
   * @param onReused Is told the number of a link whose slot another one had before it.
   */
  constructor(
    onRow: (link: number, row: TransitLinkRow) => void = () => {},
    onReused: (link: number) => void = () => {},
  ) {
    this.#onRow = onRow;
    this.#onReused = onReused;
  }

  /** Slots that were ever used. */
  get count(): number {
    return this.#slots.length;
  }

  /** The number of a link, for a table that names it from now on. `LINK_NONE`: tables name as many as there are slots. */
  numberOf(key: LinkKey, table: number): number {
    const text = keyText(key);
    const link = this.#numbers.get(text) ?? this.#add(text);
    if (link === LINK_NONE) return link;
    const named = this.#named.get(table) ?? new Set();
    this.#named.set(table, named);
    if (named.has(link)) return link;
    named.add(link);
    this.#slots[slotOf(link)]!.tables++;
    this.#resting.delete(link);
    return link;
  }

  /** The table is gone, and names no links any more. */
  forgetTable(table: number): void {
    for (const link of this.#named.get(table) ?? []) {
      if (--this.#slots[slotOf(link)]!.tables === 0) this.#resting.add(link);
    }
    this.#named.delete(table);
  }

  /** The link protocol tells what a wanted link is now. */
  handleStatus(status: LinkStatus): void {
    const text = keyText(status);
    this.#statuses.set(text, status);
    const link = this.#numbers.get(text);
    if (link !== undefined) this.#apply(link, status);
  }

  /** A link is not wanted any more. */
  handleClosed(key: LinkKey): void {
    const text = keyText(key);
    this.#statuses.delete(text);
    const link = this.#numbers.get(text);
    if (link !== undefined) this.#setDown(link);
  }

  /** No link is wanted any more. */
  handleAllClosed(): void {
    this.#statuses.clear();
    for (const { number } of this.#slots) this.#setDown(number);
  }

  /** The link that a handle names, if a table has named it, too; else `LINK_NONE`. */
  ofHandle(handle: number): number {
    return this.#linkOfHandle.get(handle) ?? LINK_NONE;
  }

  /** 0 while the link is not up. */
  handleOf(link: number): number {
    return this.#rowOf(link).handle;
  }

  mtuOf(link: number): number {
    return this.#rowOf(link).mtu;
  }

  preferredMtuOf(link: number): number {
    return this.#rowOf(link).preferredMtu;
  }

  #add(key: string): number {
    const [rested] = this.#resting;
    const isNew = this.#slots.length < LINKS_MAX;
    if (!isNew && rested === undefined) return LINK_NONE;
    const link = isNew ? this.#slots.length : successorOf(rested!);
    if (!isNew) this.#remove(rested!);
    this.#slots[slotOf(link)] = { key, number: link, row: { handle: 0, mtu: 0, preferredMtu: 0 }, tables: 0 };
    this.#numbers.set(key, link);
    if (!isNew) this.#onReused(link);
    const status = this.#statuses.get(key);
    if (status !== undefined) this.#apply(link, status);
    return link;
  }

  #remove(link: number): void {
    this.#setDown(link);
    this.#resting.delete(link);
    this.#numbers.delete(this.#slots[slotOf(link)]!.key);
  }

  #rowOf(link: number): Row {
    return this.#slots[slotOf(link)]!.row;
  }

  #apply(link: number, { state, handle, mtu, preferredMtu }: LinkStatus): void {
    const preferred = Math.min(preferredMtu || mtu, mtu);
    this.#set(link, { handle: state === "up" ? handle : 0, mtu, preferredMtu: preferred });
  }

  #setDown(link: number): void {
    this.#set(link, { ...this.#rowOf(link), handle: 0 });
  }

  #set(link: number, { handle, mtu, preferredMtu }: TransitLinkRow): void {
    const row = this.#rowOf(link);
    if (row.handle === handle && row.mtu === mtu && row.preferredMtu === preferredMtu) return;
    if (row.handle !== 0 && this.#linkOfHandle.get(row.handle) === link) this.#linkOfHandle.delete(row.handle);
    if (handle !== 0) this.#linkOfHandle.set(handle, link);
    row.handle = handle;
    row.mtu = mtu;
    row.preferredMtu = preferredMtu;
    this.#onRow(link, row);
  }
}
