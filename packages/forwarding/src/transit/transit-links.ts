import { LINK_NONE } from "../labels/label-entries.ts";
import { keyText, type LinkKey, LINKS_MAX, type LinkStatus } from "@florenetes/portal-api";

/** A link as packets find it. */
export interface TransitLinkRow {
  /** 0 while it is not up. */
  readonly handle: number;
  readonly mtu: number;
  readonly preferredMtu: number;
}

type Row = { -readonly [Column in keyof TransitLinkRow]: TransitLinkRow[Column] };

/** The links of a portal as its tables name them: a link keeps its number for as long as the process lives, since counts go by it. */
export class TransitLinks {
  readonly #numbers = new Map<string, number>();
  readonly #rows: Row[] = [];
  readonly #linkOfHandle = new Map<number, number>();
  /** The states of all links that are wanted: a table may name them later. */
  readonly #statuses = new Map<string, LinkStatus>();
  readonly #onRow: (link: number, row: TransitLinkRow) => void;

  /** @param onRow Is told what a link is now, when that has changed. */
  constructor(onRow: (link: number, row: TransitLinkRow) => void = () => {}) {
    this.#onRow = onRow;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** The number of a link; one that is new gets the next. `LINK_NONE`: there are too many. */
  numberOf(key: LinkKey): number {
    const text = keyText(key);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#rows.length >= LINKS_MAX) return LINK_NONE;
    const link = this.#rows.push({ handle: 0, mtu: 0, preferredMtu: 0 }) - 1;
    this.#numbers.set(text, link);
    const status = this.#statuses.get(text);
    if (status !== undefined) this.#apply(link, status);
    return link;
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
    for (const link of this.#rows.keys()) this.#setDown(link);
  }

  /** The link that a handle names, if a table has named it, too; else `LINK_NONE`. */
  ofHandle(handle: number): number {
    return this.#linkOfHandle.get(handle) ?? LINK_NONE;
  }

  /** 0 while the link is not up. */
  handleOf(link: number): number {
    return this.#rows[link]!.handle;
  }

  mtuOf(link: number): number {
    return this.#rows[link]!.mtu;
  }

  preferredMtuOf(link: number): number {
    return this.#rows[link]!.preferredMtu;
  }

  #apply(link: number, { state, handle, mtu, preferredMtu }: LinkStatus): void {
    const preferred = Math.min(preferredMtu || mtu, mtu);
    this.#set(link, { handle: state === "up" ? handle : 0, mtu, preferredMtu: preferred });
  }

  #setDown(link: number): void {
    this.#set(link, { ...this.#rows[link]!, handle: 0 });
  }

  #set(link: number, { handle, mtu, preferredMtu }: TransitLinkRow): void {
    const row = this.#rows[link]!;
    if (row.handle === handle && row.mtu === mtu && row.preferredMtu === preferredMtu) return;
    if (row.handle !== 0 && this.#linkOfHandle.get(row.handle) === link) this.#linkOfHandle.delete(row.handle);
    if (handle !== 0) this.#linkOfHandle.set(handle, link);
    row.handle = handle;
    row.mtu = mtu;
    row.preferredMtu = preferredMtu;
    this.#onRow(link, row);
  }
}
