import {
  ALL_LINKS,
  LABEL_MAX,
  LABEL_MIN,
  LabelCounts,
  LabelTable,
  LINK_NONE,
  LinkPairs,
  Operation,
  TABLE_ENTRIES_MAX,
} from "@florenetes/labels";
import {
  LINKS_MAX,
  PortalCode,
  TRANSIT_CHANGES_MAX,
  type TransitChange,
  type TransitChanges,
  type TransitProgress,
} from "@florenetes/portal-api";
import { TRANSIT_PAIRS_MAX } from "./limits.ts";
import type { TransitLinks } from "./transit-links.ts";

const EMPTY = { links: [], transit: [], crossConnects: [], lspEnds: [], services: [] } as const;

const ENTRIES_AT_FIRST = 64;

/** Why a table is not taken. */
type Refusal = (typeof PortalCode)["transitInvalid" | "transitFull"];

/** A label table as somebody hands it over. */
export interface HandedTable {
  /** The instance of the cluster vertex. */
  readonly owner: string;
  readonly generation: number;
  readonly whole: number;
  readonly table: LabelTable;
  /** Our numbers of its links, in the order in which it added them. */
  readonly links: number[];
  taken: number;
}

/**
 * The label table that holds, and the one that is being handed over.
 *
 *     changes 0 … 511, 512 … 1023, …, 9999        10000, 10001
 *     the table before holds        whole: holds  each at once
 *
 * A table lives on when its owner is gone, until it is replaced, or until another attachment has not confirmed it in time.
 */
export class TransitTables {
  readonly counts: LabelCounts = new LabelCounts(0);
  readonly pairs: LinkPairs = new LinkPairs();
  readonly #links: TransitLinks;
  #current: HandedTable | undefined;
  #staged: HandedTable | undefined;
  /** The cluster vertex that is attached, or was. */
  #owner = "";
  /** The newest generation that the owner has begun, in its present attachment. */
  #confirmed = 0;
  /** The newest that it has begun ever. */
  #newest = 0;
  #refusal: Refusal | "" = "";

  constructor(links: TransitLinks) {
    this.#links = links;
  }

  /** The table that holds. */
  get current(): HandedTable | undefined {
    return this.#current;
  }

  /** The table that holds, if it is of the cluster vertex that is attached. */
  get confirmed(): HandedTable | undefined {
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

  /** Takes those of the changes that come next; the others come again, or have come before. */
  handleChanges(part: TransitChanges): void {
    const { generation, first, changes } = part;
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
    if (table === undefined) return;
    this.#commitIfWhole(table);
    for (let at = table.taken - first; at >= 0 && at < changes.length; at++) {
      const refusal = this.#make(changes[at]!, table);
      if (refusal !== undefined) {
        this.#refuse(refusal);
        return;
      }
      table.taken++;
      this.#commitIfWhole(table);
    }
  }

  #tableOf(generation: number): HandedTable | undefined {
    const isIt = (table: HandedTable | undefined): boolean =>
      table?.owner === this.#owner && table.generation === generation;
    if (isIt(this.#staged)) return this.#staged;
    return isIt(this.#current) ? this.#current : undefined;
  }

  #begin({ generation, whole, packetsPerSecond, bytesPerSecond }: TransitChanges): HandedTable | undefined {
    const isValid = whole > 0 && packetsPerSecond > 0 && bytesPerSecond > 0;
    if (!isValid || whole > TRANSIT_CHANGES_MAX) {
      this.#refuse(isValid ? PortalCode.transitFull : PortalCode.transitInvalid);
      return undefined;
    }
    // It grows by what comes, whatever is announced.
    const table = new LabelTable(EMPTY, { capacity: ENTRIES_AT_FIRST, counts: this.counts, pairs: this.pairs });
    this.#staged = { owner: this.#owner, generation, whole, table, links: [], taken: 0 };
    return this.#staged;
  }

  #commitIfWhole(table: HandedTable): void {
    if (table !== this.#staged || table.taken < table.whole) return;
    this.#dropCurrent();
    this.#current = table;
    this.#staged = undefined;
  }

  /** A table that is half right is none: all that its owner gave goes. */
  #refuse(refusal: Refusal): void {
    this.#refusal = refusal;
    this.#dropStaged();
    if (this.#current?.owner === this.#owner) this.#dropCurrent();
  }

  #dropStaged(): void {
    this.#staged?.table.release();
    this.#staged = undefined;
  }

  #dropCurrent(): void {
    this.#current?.table.release();
    this.#current = undefined;
  }

  /** Undefined: it is made. */
  #make(change: TransitChange, { table, links }: HandedTable): Refusal | undefined {
    if (change.operation === "unknown") return PortalCode.transitInvalid;
    if (change.operation === "link") return this.#addLink(change, table, links);
    const link = links[change.link];
    if (link === undefined) return PortalCode.transitInvalid;
    switch (change.operation) {
      case "permit":
      case "forbid":
      case "swap":
        return this.#makeWay(change, table, link, links[change.outLink]);
      case "end":
        return this.#add(table, { inLink: link, label: change.label, operation: Operation.end, target: LINK_NONE });
      default: {
        const scope = table.adjacencyOf(link) === change.label ? ALL_LINKS : link;
        return table.remove(scope, change.label) ? undefined : PortalCode.transitInvalid;
      }
    }
  }

  #addLink(
    { key, label }: TransitChange & { operation: "link" },
    table: LabelTable,
    links: number[],
  ): Refusal | undefined {
    const link = this.#links.numberOf(key);
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
  ): Refusal | undefined {
    if (outLink === undefined) return PortalCode.transitInvalid;
    if (change.operation === "forbid") {
      table.forbid(link, outLink);
      return undefined;
    }
    if (this.pairs.get(link, outLink) === -1 && this.pairs.all.length >= TRANSIT_PAIRS_MAX)
      return PortalCode.transitFull;
    if (change.operation === "permit") table.permit(link, outLink);
    if (change.operation !== "swap") return undefined;
    const { label, outLabel } = change;
    if (!isLabel(outLabel)) return PortalCode.transitInvalid;
    return this.#add(table, { inLink: link, label, operation: Operation.swap, target: outLink, outLabel });
  }

  #add(
    table: LabelTable,
    entry: { inLink: number; label: number; operation: Operation; target: number; outLabel?: number },
  ): Refusal | undefined {
    if (!isLabel(entry.label) || table.isTaken(entry.inLink, entry.label)) return PortalCode.transitInvalid;
    if (table.length >= TABLE_ENTRIES_MAX) return PortalCode.transitFull;
    const former = table === this.#current?.table ? undefined : this.#current?.table;
    table.add({ outLabel: 0, ...entry }, former);
    return undefined;
  }
}

function isLabel(label: number): boolean {
  return label >= LABEL_MIN && label <= LABEL_MAX;
}
