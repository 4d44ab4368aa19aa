import type { LabelEntry, LabelTableConfig } from "./label-entries.ts";
import { ALL_LINKS, LINK_NONE, Operation, countEntries, entriesOf } from "./label-entries.ts";
import { findTableProblems } from "./label-problems.ts";
import type { LinkPair } from "./link-pairs.ts";
import { LinkPairs } from "./link-pairs.ts";
import {
  LABEL_CONNECTION,
  LABEL_OPERATIONS,
  checkHeader,
  cursorOf,
  hopLimitOf,
  labelCountOf,
  labelOf,
  setCursor,
  setHopLimit,
  setLabel,
} from "./header.ts";
import { HOP_LIMIT_DEFAULT } from "./limits.ts";
import { PairMap } from "./pair-map.ts";
import { DropCause, LabelVerdict } from "./verdict.ts";

/** No entry had a part in a verdict. */
const ENTRY_NONE = -1;

/**
 * Knows the meaning of every label at one vertex, and acts on them on the packet path. `process` gives a verdict; what goes
 * with it
 * is read from the table until the next call, so that no packet costs an object:
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
  /** After `forward`: by which of `pairs`. */
  pair = -1;
  /** After `deliverToService`: its index in the config. */
  service = -1;
  /** The cursor of the packet as it stood when it came. */
  cameAt = 0;
  /** After `drop` for an unknown label: where it stands. Behind `cameAt` if LSPs end before it. */
  unknownAt = 0;
  /** After `drop`. */
  dropCause: DropCause = DropCause.none;

  /** The ways through this vertex, from link to link, each direction by itself: of transit pairs and of cross-connects. */
  readonly pairs: readonly LinkPair[];

  readonly #index: PairMap;
  /** The ways among `pairs` that adjacency labels may use. */
  readonly #transit: PairMap;
  readonly #adjacencies: Uint32Array;
  /* The entries, a column for each field: `process` then touches numbers only. */
  readonly #inLinks: Int32Array;
  readonly #labels: Uint32Array;
  readonly #operations: Uint8Array;
  readonly #targets: Int32Array;
  readonly #outLabels: Uint32Array;
  /** The pair of links that `swap` counts its packets under. */
  readonly #pairs: Int32Array;
  readonly #packets: Float64Array;

  /** @throws LabelError: the first of `findTableProblems`. */
  constructor(config: LabelTableConfig) {
    const [problem] = findTableProblems(config);
    if (problem !== undefined) throw problem;
    const count = countEntries(config);
    this.#index = new PairMap(count);
    this.#inLinks = new Int32Array(count);
    this.#labels = new Uint32Array(count);
    this.#operations = new Uint8Array(count);
    this.#targets = new Int32Array(count);
    this.#outLabels = new Uint32Array(count);
    this.#pairs = new Int32Array(count);
    this.#packets = new Float64Array(count);
    const pairs = new LinkPairs(config);
    this.pairs = pairs.all;
    this.#transit = new PairMap(2 * config.transit.length);
    for (const [a, b] of config.transit) {
      this.#transit.set(a, b, pairs.indexOf(a, b));
      this.#transit.set(b, a, pairs.indexOf(b, a));
    }
    let at = 0;
    for (const entry of entriesOf(config)) {
      this.#index.set(entry.inLink, entry.label, at);
      this.#inLinks[at] = entry.inLink;
      this.#labels[at] = entry.label;
      this.#operations[at] = entry.operation;
      this.#targets[at] = entry.target;
      this.#outLabels[at] = entry.outLabel;
      if (entry.operation === Operation.swap) this.#pairs[at] = pairs.indexOf(entry.inLink, entry.target);
      at++;
    }
    this.#adjacencies = Uint32Array.from(config.links, (link) => link.label);
  }

  get size(): number {
    return this.#labels.length;
  }

  /** One line of the table, for people. */
  entry(at: number): Omit<LabelEntry, "source"> & { readonly packets: number } {
    return {
      inLink: this.#inLinks[at]!,
      label: this.#labels[at]!,
      operation: this.#operations[at]! as Operation,
      target: this.#targets[at]!,
      outLabel: this.#outLabels[at]!,
      packets: this.#packets[at]!,
    };
  }

  /**
   * Does what the label under the cursor of `packet[start, end)` says, in place. A packet that is dropped stays as it
   * came.
   *
   * @param inLink The link that it came from, or `LINK_NONE` if it is of this vertex itself.
   */
  process(packet: Uint8Array, start: number, end: number, inLink: number): LabelVerdict {
    const flaw = checkHeader(packet, start, end);
    if (flaw !== DropCause.none) return this.#drop(flaw);
    const last = labelCountOf(packet, start) - 1;
    this.cameAt = cursorOf(packet, start);
    for (let cursor = this.cameAt; ; cursor++) {
      const label = labelOf(packet, start, cursor);
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
          this.#packets[entry]!++;
          this.service = this.#targets[entry]!;
          return LabelVerdict.deliverToService;
        case Operation.end:
          // The LSP's label stays where it is, since the answer goes back by the same number. At most 16 turns.
          if (cursor === last) return this.#drop(DropCause.noLabelLeft);
          this.#packets[entry]!++;
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
    const pair = this.#transit.get(inLink, outLink);
    if (pair === -1) return this.#drop(DropCause.transitDenied);
    const hopLimit = Math.min(hopLimitOf(packet, start), HOP_LIMIT_DEFAULT);
    if (hopLimit <= 1) return this.#drop(DropCause.hopLimit);
    setHopLimit(packet, start, hopLimit - 1);
    setLabel(packet, start, cursor, this.#adjacencies[inLink]!);
    setCursor(packet, start, cursor + 1);
    this.#packets[entry]!++;
    this.outLink = outLink;
    this.pair = pair;
    return LabelVerdict.forward;
  }

  #swap(packet: Uint8Array, start: number, cursor: number, entry: number): LabelVerdict {
    const hopLimit = Math.min(hopLimitOf(packet, start), HOP_LIMIT_DEFAULT);
    if (hopLimit <= 1) return this.#drop(DropCause.hopLimit);
    setHopLimit(packet, start, hopLimit - 1);
    setLabel(packet, start, cursor, this.#outLabels[entry]!);
    setCursor(packet, start, cursor);
    this.#packets[entry]!++;
    this.outLink = this.#targets[entry]!;
    this.pair = this.#pairs[entry]!;
    return LabelVerdict.forward;
  }

  /** No entry can have a reserved label, so these come after the table and cost its entries nothing. */
  #processReserved(packet: Uint8Array, start: number, cursor: number, label: number): LabelVerdict {
    if (label === LABEL_OPERATIONS) return this.#drop(DropCause.operations);
    if (label !== LABEL_CONNECTION) {
      this.unknownAt = cursor;
      return this.#drop(DropCause.unknownLabel);
    }
    if (cursor !== labelCountOf(packet, start) - 1) return this.#drop(DropCause.labelsLeft);
    setCursor(packet, start, cursor);
    return LabelVerdict.deliverToConnection;
  }

  #drop(cause: DropCause): LabelVerdict {
    this.dropCause = cause;
    return LabelVerdict.drop;
  }
}
