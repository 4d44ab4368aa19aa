import type { Allowance } from "./allowance.ts";
import { grown } from "./grown.ts";
import { LabelCounts } from "./label-counts.ts";
import type { LabelEntry, LabelTableConfig } from "./label-entries.ts";
import { ALL_LINKS, LINK_NONE, Operation, countEntries, entriesOf } from "./label-entries.ts";
import { findTableProblems } from "./label-problems.ts";
import { type LinkPair, LinkPairs } from "./link-pairs.ts";
import {
  LABEL_CONNECTION,
  LABEL_OPERATIONS,
  checkHeader,
  cursorOf,
  labelCountOf,
  labelOf,
  lowerHopLimit,
  setCursor,
  setLabel,
  setWord,
  shareOf,
} from "./header.ts";
import { PairMap } from "./pair-map.ts";
import { type Permit, Permissions, permitOf } from "./permissions.ts";
import { ShareBuckets } from "./share-buckets.ts";
import { slotOf } from "./slot-number.ts";
import { isInClasses, TrafficClass, trafficClassAt } from "./traffic-class.ts";
import { DropCause, LabelVerdict } from "./verdict.ts";

/** No entry had a part in a verdict. */
const ENTRY_NONE = -1;
type NewEntry = Omit<LabelEntry, "source" | "isSecond">;

/** A table may share its counts, pairs and buckets of shares with those that come before and after it. */
export interface LabelTableOptions {
  /** Entries that it takes without being laid out anew. Default: those of the config. */
  readonly capacity?: number;
  readonly counts?: LabelCounts;
  readonly pairs?: LinkPairs;
  readonly shares?: ShareBuckets;
  /** The table whose place this one takes: it is released, and what both have goes on counting in the counts and pairs of that one. */
  readonly former?: LabelTable | undefined;
}

/**
 * Knows the meaning of every label at one vertex, and acts on them on the packet path. `process` gives a verdict; what goes
 * with it is read from the table until the next call, so that no packet costs an object:
 *
 *     switch (table.process(packet, start, end, inLink)) {
 *       case LabelVerdict.forward: ... table.outLink, table.pair
 *       case LabelVerdict.deliverToService: ... table.service
 *       case LabelVerdict.deliverToConnection: ...
 *       case LabelVerdict.drop: ... table.dropCause
 *     }
 */
export class LabelTable {
  /** After `forward`: where to. */
  outLink: number = LINK_NONE;
  /** After `forward`: by which of `pairs`. After `drop`: whose permit does not have the class of the packet; -1: no pair's. */
  pair = -1;
  /** After `forward`, and after a drop with a `pair`: what the packet is charged to; undefined: an LSP carries it. */
  charged: Permit | undefined;
  /** After `forward`, and after a drop with a `pair`. */
  trafficClass: TrafficClass = TrafficClass.reliable;
  /** After `deliverToService`: its number in the config. */
  service = -1;
  /** The label that the verdict is about; 0: the header is unsound. */
  label = 0;
  /** The cursor of the packet as it stood when it came. */
  cameAt = 0;
  /** The offset of the label that the verdict is about. Behind `cameAt` if LSPs end before it. */
  stoppedAt = 0;
  /** After `drop`. */
  dropCause: DropCause = DropCause.none;

  /** The buckets and counts of shares that permits open pairs for. */
  readonly shares: ShareBuckets;
  readonly #counts: LabelCounts;
  readonly #linkPairs: LinkPairs;
  readonly #index: PairMap;
  /** The ways among `pairs` that adjacency labels may use. */
  readonly #transit: Permissions;
  /** Links and their adjacency labels by the links' slots; a label of 0: there is none. */
  readonly #links: number[] = [];
  readonly #adjacencies: number[] = [];
  /* The entries, a column for each field: `process` then touches numbers only. */
  #inLinks: Int32Array;
  #labels: Int32Array;
  #operations: Uint8Array;
  #targets: Int32Array;
  #outLabels: Int32Array;
  /** The pair of links that `swap` counts its packets under. */
  #pairs: Int32Array;
  /** The index at which each entry counts its packets. */
  #countOf: Int32Array;
  /** Rows of entries that are gone. */
  readonly #free: number[] = [];
  #size = 0;

  /** @throws LabelError: the first of `findTableProblems`. */
  constructor(config: LabelTableConfig, options: LabelTableOptions = {}) {
    const [problem] = findTableProblems(config);
    if (problem !== undefined) throw problem;
    const capacity = Math.max(options.capacity ?? countEntries(config), 1);
    const { former } = options;
    this.#counts = (former && former.#counts) ?? options.counts ?? new LabelCounts(capacity);
    this.#linkPairs = (former && former.#linkPairs) ?? options.pairs ?? new LinkPairs();
    this.shares = former?.shares ?? options.shares ?? new ShareBuckets();
    this.#index = new PairMap(capacity);
    const permits = config.permits ?? [];
    this.#transit = new Permissions(2 * (config.transit.length + permits.length), this.#linkPairs, this.shares);
    this.#inLinks = new Int32Array(capacity);
    this.#labels = new Int32Array(capacity);
    this.#operations = new Uint8Array(capacity);
    this.#targets = new Int32Array(capacity);
    this.#outLabels = new Int32Array(capacity);
    this.#pairs = new Int32Array(capacity);
    this.#countOf = new Int32Array(capacity);
    for (const [a, b] of config.transit) {
      this.permit(a, b);
      this.permit(b, a);
    }
    for (const { pair, allowance, share } of permits) {
      const [a, b] = pair;
      this.permit(a, b, allowance, share);
      this.permit(b, a, allowance, share);
    }
    for (const entry of entriesOf(config)) this.add(entry, former);
    former?.release();
  }

  /** Rows of entries, those that are gone included. */
  get size(): number {
    return this.#size;
  }

  /** Entries that it has. */
  get length(): number {
    return this.#index.size;
  }

  /** The ways through this vertex, from link to link, each direction by itself: of transit pairs and of cross-connects. */
  get pairs(): readonly LinkPair[] {
    return this.#linkPairs.all;
  }

  // ── Changes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The adjacency label of a link that packets are written; 0: there is none. */
  adjacencyOf(link: number): number {
    const slot = slotOf(link);
    return slot < this.#links.length && this.#links[slot] === link ? this.#adjacencies[slot]! : 0;
  }

  /** The link of an adjacency label, or `LINK_NONE`. */
  linkOfAdjacency(label: number): number {
    const at = this.#index.get(ALL_LINKS, label);
    return at === ENTRY_NONE || this.#operations[at] !== Operation.pop ? LINK_NONE : this.#targets[at]!;
  }

  /** Whether a label already stands for something among the packets of a link (`ALL_LINKS`: of any). */
  isTaken(inLink: number, label: number): boolean {
    if (this.#index.get(ALL_LINKS, label) !== ENTRY_NONE) return true;
    if (inLink !== ALL_LINKS) return this.#index.get(inLink, label) !== ENTRY_NONE;
    return this.#links.some((link) => this.#index.get(link, label) !== ENTRY_NONE);
  }

  /**
   * Adds an entry that is not taken.
   *
   * @param former The table whose place this one takes: an entry that it has, too, goes on counting.
   */
  add({ inLink, label, operation, target, outLabel }: NewEntry, former?: LabelTable): void {
    const at = this.#free.pop() ?? this.#size;
    if (at === this.#labels.length) this.#grow();
    if (at === this.#size) this.#size++;
    this.#index.set(inLink, label, at);
    this.#inLinks[at] = inLink;
    this.#labels[at] = label;
    this.#operations[at] = operation;
    this.#targets[at] = target;
    this.#outLabels[at] = outLabel;
    // A second label comes behind it, and is never written.
    if (operation === Operation.pop && this.adjacencyOf(target) === 0) this.#setAdjacency(target, label);
    if (operation === Operation.swap) this.#pairs[at] = this.#linkPairs.indexOf(inLink, target);
    const known = former === undefined ? ENTRY_NONE : former.#index.get(inLink, label);
    const counts = this.#counts;
    this.#countOf[at] = known === ENTRY_NONE ? counts.add(inLink, label) : counts.share(former!.#countOf[known]!);
  }

  /** The label means nothing any more on that link (`ALL_LINKS`: it was of a link or service). False: it did not. */
  remove(inLink: number, label: number): boolean {
    const at = this.#index.delete(inLink, label);
    if (at === ENTRY_NONE) return false;
    const target = this.#targets[at]!;
    if (inLink === ALL_LINKS && this.adjacencyOf(target) === label) this.#setAdjacency(target, 0);
    this.#counts.release(this.#countOf[at]!);
    this.#free.push(at);
    return true;
  }

  /** Lets adjacency labels lead from a link to another: all that comes, or what `allowance` says, of a share or of none. False: there are too many shares. */
  permit(inLink: number, outLink: number, allowance?: Allowance, share = 0): boolean {
    return this.#transit.permit(inLink, outLink, allowance, share);
  }

  /** Takes back all permits of a pair. */
  forbid(inLink: number, outLink: number): void {
    this.#transit.delete(inLink, outLink);
  }

  /** The table is not used any more: what it alone counts is forgotten. */
  release(): void {
    this.#transit.release();
    const gone = new Set(this.#free);
    for (let at = 0; at < this.#size; at++) if (!gone.has(at)) this.#counts.release(this.#countOf[at]!);
  }

  /** The numbers of the pairs through which something leads here. */
  usedPairs(): Set<number> {
    const used = new Set(this.#transit.pairs());
    for (const at of this.#index.values()) if (this.#operations[at] === Operation.swap) used.add(this.#pairs[at]!);
    return used;
  }

  /** Has the pairs counted no more through which nothing leads here. Returns their numbers, which others may have from now on. */
  releasePairs(): number[] {
    return this.#linkPairs.retain(this.usedPairs());
  }

  #setAdjacency(link: number, label: number): void {
    const slot = slotOf(link);
    // No holes: a list with holes is looked up like a dictionary.
    while (this.#links.length <= slot) {
      this.#links.push(LINK_NONE);
      this.#adjacencies.push(0);
    }
    this.#links[slot] = link;
    this.#adjacencies[slot] = label;
  }

  #grow(): void {
    const rows = 2 * this.#labels.length;
    this.#inLinks = grown(this.#inLinks, rows);
    this.#labels = grown(this.#labels, rows);
    this.#operations = grown(this.#operations, rows);
    this.#targets = grown(this.#targets, rows);
    this.#outLabels = grown(this.#outLabels, rows);
    this.#pairs = grown(this.#pairs, rows);
    this.#countOf = grown(this.#countOf, rows);
  }

  // ── What it holds ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Returns a line of the table, for people. */
  entry(at: number): NewEntry & { readonly packets: number } {
    return {
      inLink: this.#inLinks[at]!,
      label: this.#labels[at]!,
      operation: this.#operations[at]! as Operation,
      target: this.#targets[at]!,
      outLabel: this.#outLabels[at]!,
      packets: this.#counts.packets[this.#countOf[at]!]!,
    };
  }

  /** The number of a way among `pairs`, or -1. */
  pairOf(inLink: number, outLink: number): number {
    return this.#linkPairs.get(inLink, outLink);
  }

  /** Whether adjacency labels lead from a link to another. */
  isPermitted(inLink: number, outLink: number): boolean {
    return this.#transit.get(inLink, outLink) !== undefined;
  }

  /** The row of what a label means on a link; -1: nothing. */
  rowOf(inLink: number, label: number): number {
    return this.#find(inLink, label);
  }

  /** Somebody else has let packets through by that row. */
  countFor(row: number, packets: number): void {
    this.#counts.packets[this.#countOf[row]!]! += packets;
  }

  // ── Packets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes back what the last verdict has counted, which was to send a packet on: somebody else decides about it, and counts it. */
  uncountForward(packet: Uint8Array, start: number, inLink: number): void {
    this.uncountEnds(packet, start, inLink);
    this.#counts.packets[this.#countOf[this.#find(inLink, this.label)]!]!--;
  }

  /**
   * Takes back what the last verdict has counted for ends of LSPs: somebody else decides about the packet, and counts it.
   *
   * @param packet As it came.
   */
  uncountEnds(packet: Uint8Array, start: number, inLink: number): void {
    for (let cursor = this.cameAt; cursor < this.stoppedAt; cursor++) {
      const at = this.#index.get(inLink, labelOf(packet, start, cursor));
      this.#counts.packets[this.#countOf[at]!]!--;
    }
  }

  /**
   * Does what the label under the cursor of `packet[start, end)` says, in place. A packet that is dropped stays as it
   * came.
   *
   * @param inLink The link that it came from, or `LINK_NONE` if it is of this vertex itself.
   */
  process(packet: Uint8Array, start: number, end: number, inLink: number): LabelVerdict {
    this.label = 0;
    this.pair = -1;
    const flaw = checkHeader(packet, start, end);
    if (flaw !== DropCause.none) return this.#drop(flaw);
    const last = labelCountOf(packet, start) - 1;
    this.cameAt = cursorOf(packet, start);
    for (let cursor = this.cameAt; ; cursor++) {
      const label = labelOf(packet, start, cursor);
      this.label = label;
      this.stoppedAt = cursor;
      const entry = this.#find(inLink, label);
      if (entry === ENTRY_NONE) return this.#processReserved(packet, start, cursor, label);
      switch (this.#operations[entry]! as Operation) {
        case Operation.pop:
          return this.#pop(packet, start, cursor, inLink, entry);
        case Operation.swap:
          return this.#swap(packet, start, cursor, entry);
        case Operation.deliver:
          if (cursor !== last) return this.#drop(DropCause.labelsLeft);
          setCursor(packet, start, cursor);
          this.#count(entry);
          this.service = this.#targets[entry]!;
          return LabelVerdict.deliverToService;
        case Operation.end:
          // The LSP's label stays where it is, since the answer goes back by the same number. At most 16 turns.
          if (cursor === last) return this.#drop(DropCause.noLabelLeft);
          this.#count(entry);
      }
    }
  }

  #find(inLink: number, label: number): number {
    const entry = this.#index.get(inLink, label);
    return entry === ENTRY_NONE ? this.#index.get(ALL_LINKS, label) : entry;
  }

  #pop(packet: Uint8Array, start: number, cursor: number, inLink: number, entry: number): LabelVerdict {
    const outLink = this.#targets[entry]!;
    if (cursor + 1 >= labelCountOf(packet, start)) return this.#drop(DropCause.noLabelLeft);
    const permission = this.#transit.get(inLink, outLink);
    const permit = permission && permitOf(permission, shareOf(packet, start, cursor));
    if (permission === undefined || permit === undefined) return this.#drop(DropCause.transitDenied);
    const { allowance, share } = permit;
    this.trafficClass = trafficClassAt(packet, start);
    this.charged = permit;
    if (allowance !== undefined && !isInClasses(allowance.classes, this.trafficClass)) {
      this.pair = permission.pair;
      return this.#drop(DropCause.transitDenied);
    }
    if (!lowerHopLimit(packet, start)) return this.#drop(DropCause.hopLimit);
    setWord(packet, start, cursor, this.#adjacencies[slotOf(inLink)]!, share);
    // Whoever reads the next word goes by our judgement of whose packet it is, and not by the origin's word.
    if (share !== 0) setWord(packet, start, cursor + 1, labelOf(packet, start, cursor + 1), share);
    setCursor(packet, start, cursor + 1);
    this.#count(entry);
    this.outLink = outLink;
    this.pair = permission.pair;
    return LabelVerdict.forward;
  }

  #swap(packet: Uint8Array, start: number, cursor: number, entry: number): LabelVerdict {
    if (!lowerHopLimit(packet, start)) return this.#drop(DropCause.hopLimit);
    setLabel(packet, start, cursor, this.#outLabels[entry]!);
    setCursor(packet, start, cursor);
    this.#count(entry);
    this.outLink = this.#targets[entry]!;
    this.pair = this.#pairs[entry]!;
    this.charged = undefined;
    return LabelVerdict.forward;
  }

  /** No entry can have a reserved label, so these come after the table and cost its entries nothing. */
  #processReserved(packet: Uint8Array, start: number, cursor: number, label: number): LabelVerdict {
    if (label === LABEL_OPERATIONS) return this.#drop(DropCause.operations);
    if (label !== LABEL_CONNECTION) return this.#drop(DropCause.unknownLabel);
    if (cursor !== labelCountOf(packet, start) - 1) return this.#drop(DropCause.labelsLeft);
    setCursor(packet, start, cursor);
    return LabelVerdict.deliverToConnection;
  }

  #count(entry: number): void {
    this.#counts.packets[this.#countOf[entry]!]!++;
  }

  #drop(cause: DropCause): LabelVerdict {
    this.dropCause = cause;
    return LabelVerdict.drop;
  }
}
