import { LINK_NONE } from "@florenetes/labels";
import { keyText, type LinkKey, LINKS_MAX, type LinkStatus } from "@florenetes/portal-api";

interface Row {
  handle: number;
  mtu: number;
  preferredMtu: number;
}

/** The links of a portal as its tables name them: a link keeps its number for as long as the process lives, since counts go by it. */
export class TransitLinks {
  readonly #numbers = new Map<string, number>();
  readonly #rows: Row[] = [];
  readonly #linkOfHandle = new Map<number, number>();
  /** The states of all links that are wanted: a table may name them later. */
  readonly #statuses = new Map<string, LinkStatus>();

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
    if (link !== undefined) this.#setHandle(link, 0);
  }

  /** No link is wanted any more. */
  handleAllClosed(): void {
    this.#statuses.clear();
    for (const link of this.#rows.keys()) this.#setHandle(link, 0);
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
    const row = this.#rows[link]!;
    row.mtu = mtu;
    row.preferredMtu = Math.min(preferredMtu || mtu, mtu);
    this.#setHandle(link, state === "up" ? handle : 0);
  }

  #setHandle(link: number, handle: number): void {
    const row = this.#rows[link]!;
    if (row.handle !== 0 && this.#linkOfHandle.get(row.handle) === link) this.#linkOfHandle.delete(row.handle);
    if (handle !== 0) this.#linkOfHandle.set(handle, link);
    row.handle = handle;
  }
}
