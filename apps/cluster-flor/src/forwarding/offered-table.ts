import assert from "node:assert";
import type { HeededPermits, LinkKey, TransitChange, TransitTable } from "@florenetes/portal-api";
import { ALL_LINKS } from "@florenetes/forwarding";
import { isSame } from "../config/config-changes.ts";
import type { RunningConfig } from "../config/running-config.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";

const NONE = -1;

/** The part of the config that a table is made from. */
type OfferedConfig = Pick<
  RunningConfig,
  "links" | "transit" | "permits" | "transitLimit" | "crossConnects" | "lspEnds"
>;

/** A share that permits open a direction of a pair for; links go by the table's numbers. */
interface OfferedShare {
  readonly link: number;
  readonly outLink: number;
  readonly share: number;
}

interface OfferedLabel {
  readonly inLink: number;
  readonly label: number;
}

/**
 * The part of the label table that the link vertex of one portal can forward by: labels that lead from one of the portal's links to another.
 * Labels that lead to services, or to links of other portals, are not in it. The changes are computed from the config on demand.
 *
 * A link vertex that does not heed permits, or none for shares, takes another table, of equally many changes: the links that such permits open lose
 * their labels in it, so that packets by these labels, and all packets of these links, go up to this vertex, which holds them to the permits.
 */
export class OfferedTable implements TransitTable {
  /** The config's numbers of the portal's links. A link's index here is its number in the table. */
  readonly links: readonly number[];
  readonly #config: OfferedConfig;
  readonly #portal: number;
  readonly #numbers = new Map<number, number>();
  /* Indices of what is in the table, in the lists of the config. */
  readonly #transit: Int32Array;
  readonly #crossConnects: Int32Array;
  readonly #lspEnds: Int32Array;
  readonly #permits: Int32Array;
  /** Numbers of links that permits open, each where it stands first among the links of all permits; -1: it stood before. */
  readonly #permittedFirst: readonly number[];
  /** Numbers of links that permits for shares open. */
  readonly #shared: ReadonlySet<number>;

  constructor(config: OfferedConfig, portal: number) {
    const { links, transit, permits = [], crossConnects, lspEnds } = config;
    this.#config = config;
    this.#portal = portal;
    this.links = [...links].flatMap(([link, config]) => (config.portal === portal ? [link] : []));
    for (const [number, link] of this.links.entries()) this.#numbers.set(link, number);
    const has = (link: number): boolean => this.#numbers.has(link);
    this.#transit = indicesOf(transit, ([a, b]) => has(a) && has(b));
    this.#crossConnects = indicesOf(crossConnects, ({ from, to }) => has(from.link) && has(to.link));
    this.#lspEnds = indicesOf(lspEnds, ({ link }) => has(link));
    this.#permits = indicesOf(permits, ({ pair: [a, b] }) => has(a) && has(b));
    const permitted = Array.from(this.#permits, (at) =>
      permits[at]!.pair.map((link) => this.#numbers.get(link)!),
    ).flat();
    this.#permittedFirst = permitted.map((link, at) => (permitted.indexOf(link) === at ? link : NONE));
    this.#shared = new Set(this.shares().map(({ link }) => link));
  }

  /** No label leads from a link of the portal to another. */
  get isEmpty(): boolean {
    return this.#transit.length + this.#crossConnects.length + this.#permits.length === 0;
  }

  /** Peers and tags of the links, in the order of their numbers here. */
  get keys(): LinkKey[] {
    return this.links.map((link) => this.#config.links.get(link)!);
  }

  /** The labels of the table, each with the in-link for whose packets it holds, or `ALL_LINKS`. */
  *entries(): Generator<OfferedLabel, void> {
    for (let at = 0; at < this.size; at++) {
      const change = this.change(at, "shares");
      if (change.operation === "link") yield { inLink: ALL_LINKS, label: change.label };
      else if ("label" in change) yield { inLink: this.links[change.link]!, label: change.label };
    }
  }

  /** The shares that its permits are for, in each direction. */
  shares(): OfferedShare[] {
    return Array.from({ length: 2 * this.#permits.length }, (_, at) => this.#allow(at)).flatMap((change) => {
      const { link, outLink, share } = change;
      return share === undefined ? [] : [{ link, outLink, share }];
    });
  }

  /** Whether a link vertex would get the same table. */
  isSame(other: OfferedTable): boolean {
    if (this.size !== other.size) return false;
    if (!isSame(this.#config.transitLimit, other.#config.transitLimit)) return false;
    for (let at = 0; at < this.size; at++)
      if (!isSame(this.change(at, "shares"), other.change(at, "shares"))) return false;
    return true;
  }

  /** A table of the same links without any ways between them: a link vertex that takes it forwards nothing by itself any more. */
  withoutWays(): OfferedTable {
    return new OfferedTable(
      { ...this.#config, transit: [], permits: [], crossConnects: [], lspEnds: [] },
      this.#portal,
    );
  }

  get packetsPerSecond(): number {
    return this.#config.transitLimit.packetsPerSecond;
  }

  get bytesPerSecond(): number {
    return this.#config.transitLimit.bytesPerSecond;
  }

  get size(): number {
    const ways = this.#transit.length + this.#crossConnects.length + this.#permits.length;
    return this.links.length + 2 * ways + this.#lspEnds.length;
  }

  change(number: number, heeds: HeededPermits): TransitChange {
    assert(number >= 0 && number < this.size, "the table has that change");
    let at = number;
    if (at < this.links.length) return this.#link(at);
    at -= this.links.length;
    if (at < 2 * this.#transit.length) return this.#permit(at);
    at -= 2 * this.#transit.length;
    if (at < 2 * this.#crossConnects.length) return this.#swap(at);
    at -= 2 * this.#crossConnects.length;
    if (at < this.#lspEnds.length) {
      const { link, label } = this.#config.lspEnds[this.#lspEnds[at]!]!;
      return { operation: "end", link: this.#numbers.get(link)!, label };
    }
    at -= this.#lspEnds.length;
    if (heeds === "none") return this.#withhold(at);
    const permit = this.#allow(at);
    const isHeeded = heeds === "shares" || !(this.#shared.has(permit.link) || this.#shared.has(permit.outLink));
    return isHeeded ? permit : this.#withhold(at, this.#shared);
  }

  #link(at: number): TransitChange {
    const { peer, tag, label } = this.#config.links.get(this.links[at]!)!;
    return { operation: "link", key: { peer, tag }, label };
  }

  /** A transit pair is two changes, one for each direction, as a cross-connect is. */
  #permit(at: number): TransitChange {
    const [a, b] = this.#config.transit[this.#transit[at >> 1]!]!;
    const [link, outLink] = at % 2 === 0 ? [a, b] : [b, a];
    return { operation: "permit", link: this.#numbers.get(link)!, outLink: this.#numbers.get(outLink)! };
  }

  #allow(at: number): TransitChange & { readonly operation: "permit" } {
    const { pair, share, allowance } = this.#config.permits![this.#permits[at >> 1]!]!;
    const [a, b] = pair.map((link) => this.#numbers.get(link)!) as [number, number];
    const [link, outLink] = at % 2 === 0 ? [a, b] : [b, a];
    return { operation: "permit", link, outLink, allowance, share };
  }

  /** In the place of `#allow`: takes a link's label away, once; otherwise it changes nothing. @param links Those that may lose theirs */
  #withhold(at: number, links?: ReadonlySet<number>): TransitChange {
    const link = this.#permittedFirst[at]!;
    if (link === NONE || links?.has(link) === false) return { operation: "forbid", link: 0, outLink: 0 };
    return { operation: "remove", link, label: this.#config.links.get(this.links[link]!)!.label };
  }

  #swap(at: number): TransitChange {
    const { from, to } = this.#config.crossConnects[this.#crossConnects[at >> 1]!]!;
    const [way, onward] = at % 2 === 0 ? [from, to] : [to, from];
    return {
      operation: "swap",
      link: this.#numbers.get(way.link)!,
      label: way.label,
      outLink: this.#numbers.get(onward.link)!,
      outLabel: onward.label,
    };
  }
}

function indicesOf<T>(list: readonly T[], has: (item: T) => boolean): Int32Array {
  const indices = new Int32Array(list.length);
  let count = 0;
  for (const [index, item] of list.entries()) if (has(item)) indices[count++] = index;
  return indices.slice(0, count);
}

/**
 * The label table that each portal's link vertex is offered. A link vertex that is to forward nothing any more is offered its links without
 * ways between them. If it has no links left, it keeps its table, by which nothing can pass then.
 */
export function offeredTables(config: RunningConfig, former: Slots<OfferedTable>): Slots<OfferedTable> {
  const offered = new SlotMap<OfferedTable>();
  for (const portal of config.portals.keys()) {
    const table = new OfferedTable(config, portal);
    const known = former.get(portal);
    if (config.transitOffload && !table.isEmpty) offered.set(portal, table);
    else if (known !== undefined) offered.set(portal, table.size > 0 ? table.withoutWays() : known);
  }
  return offered;
}
