import { ALL_LINKS, LINK_NONE, Operation } from "../labels/label-entries.ts";
import { LABEL_MAX, LABEL_MIN, SHARE_MAX, TABLE_ENTRIES_MAX } from "../labels/limits.ts";
import { LabelCounts } from "../labels/label-counts.ts";
import { LabelTable } from "../labels/label-table.ts";
import { LinkPairs } from "../labels/link-pairs.ts";
import { ShareBuckets } from "../labels/share-buckets.ts";
import { LINKS_MAX, PortalCode, type TransitChange, type TransitChanges } from "@florenetes/portal-api";
import { TRANSIT_PAIRS_MAX } from "./limits.ts";
import type { TransitRefusal } from "./transit-hand-over.ts";
import type { TransitLimits } from "./transit-limit.ts";
import type { TransitLinks } from "./transit-links.ts";

const EMPTY = { links: [], transit: [], crossConnects: [], lspEnds: [], services: [] } as const;

const ENTRIES_AT_FIRST = 64;

/** A label table with what belongs to it. */
export interface HandedTable {
  readonly number: number;
  readonly whole: number;
  readonly limits: TransitLimits;
  readonly table: LabelTable;
  /** Our numbers of its links, in the order in which it added them. */
  readonly links: number[];
  taken: number;
}

/** The label table that holds, and the one that is being handed over. */
export class TransitTables {
  readonly counts: LabelCounts = new LabelCounts(0);
  readonly pairs: LinkPairs = new LinkPairs();
  readonly shares: ShareBuckets = new ShareBuckets();
  readonly #links: TransitLinks;
  readonly #onPairsReleased: (pairs: readonly number[]) => void;
  #current: HandedTable | undefined;
  #staged: HandedTable | undefined;

  /** @param onPairsReleased Is told the numbers of pairs that no table leads through, and that other pairs may have. */
  constructor(links: TransitLinks, onPairsReleased: (pairs: readonly number[]) => void) {
    this.#links = links;
    this.#onPairsReleased = onPairsReleased;
  }

  /** The table that holds. */
  get current(): HandedTable | undefined {
    return this.#current;
  }

  /** See `TransitStore`. */
  begin(number: number, whole: number, limits: TransitLimits): void {
    this.#staged?.table.release();
    // The table grows by what comes, whatever size was announced.
    const { counts, pairs, shares } = this;
    const table = new LabelTable(EMPTY, { capacity: ENTRIES_AT_FIRST, counts, pairs, shares });
    this.#staged = { number, whole, limits, table, links: [], taken: 0 };
  }

  /** Makes those of the changes that come next; returns how many were made by now, and why no more of them are. */
  change(
    number: number,
    { first, changes }: TransitChanges,
  ): { readonly taken: number; readonly refusal: TransitRefusal | "" } {
    const table = this.#staged?.number === number ? this.#staged : this.#current!;
    for (let at = table.taken - first; at >= 0 && at < changes.length; at++) {
      const refusal = this.#make(changes[at]!, table);
      if (refusal !== undefined) {
        this.drop(number);
        return { taken: table.taken, refusal };
      }
      table.taken++;
      this.#commitIfWhole(table);
    }
    return { taken: table.taken, refusal: "" };
  }

  drop(number: number): void {
    if (this.#staged?.number === number) {
      this.#staged.table.release();
      this.#staged = undefined;
    }
    if (this.#current?.number === number) this.#dropCurrent();
  }

  #commitIfWhole(table: HandedTable): void {
    if (table !== this.#staged || table.taken < table.whole) return;
    this.#dropCurrent();
    this.#current = table;
    this.#staged = undefined;
  }

  #dropCurrent(): void {
    this.#current?.table.release();
    this.#current = undefined;
  }

  /** Undefined: it is made. */
  #make(change: TransitChange, handed: HandedTable): TransitRefusal | undefined {
    const { table, links } = handed;
    if (change.operation === "unknown") return PortalCode.transitInvalid;
    if (change.operation === "link") return this.#addLink(change, handed);
    const link = links[change.link];
    if (link === undefined) return PortalCode.transitInvalid;
    switch (change.operation) {
      case "permit":
      case "forbid":
      case "swap":
        return this.#makeWay(change, table, link, links[change.outLink]);
      case "end":
        if (table.adjacencyOf(link) === 0) return PortalCode.transitInvalid;
        return this.#add(table, { inLink: link, label: change.label, operation: Operation.end, target: LINK_NONE });
      default: {
        const scope = table.adjacencyOf(link) === change.label ? ALL_LINKS : link;
        return table.remove(scope, change.label) ? undefined : PortalCode.transitInvalid;
      }
    }
  }

  #addLink(
    { key, label }: TransitChange & { operation: "link" },
    { number, table, links }: HandedTable,
  ): TransitRefusal | undefined {
    const link = this.#links.numberOf(key, number);
    if (link === LINK_NONE) return PortalCode.transitFull;
    if (table.adjacencyOf(link) !== 0) return PortalCode.transitInvalid;
    if (links.length >= LINKS_MAX) return PortalCode.transitFull;
    const refusal = this.#add(table, { inLink: ALL_LINKS, label, operation: Operation.pop, target: link });
    if (refusal === undefined) links.push(link);
    return refusal;
  }

  #makeWay(
    change: Extract<TransitChange, { outLink: number }>,
    table: LabelTable,
    link: number,
    outLink: number | undefined,
  ): TransitRefusal | undefined {
    if (outLink === undefined) return PortalCode.transitInvalid;
    if (change.operation === "forbid") {
      table.forbid(link, outLink);
      return undefined;
    }
    if (table.adjacencyOf(link) === 0 || table.adjacencyOf(outLink) === 0) return PortalCode.transitInvalid;
    if (this.pairs.get(link, outLink) === -1 && !this.#hasRoomForPair()) return PortalCode.transitFull;
    if (change.operation === "permit") return permit(change, table, link, outLink);
    const { label, outLabel } = change;
    if (!isLabel(outLabel)) return PortalCode.transitInvalid;
    return this.#add(table, { inLink: link, label, operation: Operation.swap, target: outLink, outLabel });
  }

  /** Pairs stay with their counts, also when no table leads through them, until there is no room for others. */
  #hasRoomForPair(): boolean {
    if (this.pairs.size < TRANSIT_PAIRS_MAX) return true;
    const used = [this.#current, this.#staged].flatMap((handed) => [...(handed?.table.usedPairs() ?? [])]);
    this.#onPairsReleased(this.pairs.retain(new Set(used)));
    return this.pairs.size < TRANSIT_PAIRS_MAX;
  }

  #add(
    table: LabelTable,
    entry: { inLink: number; label: number; operation: Operation; target: number; outLabel?: number },
  ): TransitRefusal | undefined {
    if (!isLabel(entry.label) || table.isTaken(entry.inLink, entry.label)) return PortalCode.transitInvalid;
    if (table.length >= TABLE_ENTRIES_MAX) return PortalCode.transitFull;
    const former = table === this.#current?.table ? undefined : this.#current?.table;
    table.add({ outLabel: 0, ...entry }, former);
    return undefined;
  }
}

function permit(
  { allowance, share = 0 }: TransitChange & { operation: "permit" },
  table: LabelTable,
  link: number,
  outLink: number,
): TransitRefusal | undefined {
  if (share > SHARE_MAX || (share !== 0 && allowance === undefined)) return PortalCode.transitInvalid;
  return table.permit(link, outLink, allowance, share) ? undefined : PortalCode.transitFull;
}

function isLabel(label: number): boolean {
  return label >= LABEL_MIN && label <= LABEL_MAX;
}
