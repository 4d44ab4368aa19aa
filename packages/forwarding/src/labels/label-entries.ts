import type { Allowance } from "./allowance.ts";

/** Stands for the link of a packet that came over none: it is of this vertex itself. */
export const LINK_NONE = -1;
/** Stands for the in-link of entries that hold for all links. */
export const ALL_LINKS = -2;

/** Things by their numbers: a list, whose numbers are its indices, or numbers that are used again (`slotOf`). */
export interface Numbered<T> {
  entries(): Iterable<[number, T | undefined]>;
}

/** Meaning of the labels of a vertex. Links and services are named by their numbers. */
export interface LabelTableConfig {
  /** Each with its adjacency label. What this vertex writes is `label`; `secondLabel` leads there, too. */
  readonly links: Numbered<LabelOwner>;
  /** Unordered pairs of links between which adjacency labels carry packets. */
  readonly transit: readonly (readonly [number, number])[];
  /** Further pairs, of which each direction has an allowance of its own. */
  readonly permits?: readonly PermittedPair[] | undefined;
  /** Pieces of static LSPs; both directions of each. */
  readonly crossConnects: readonly { readonly from: LinkLabel; readonly to: LinkLabel }[];
  /** Heads and tails of static LSPs. */
  readonly lspEnds: readonly LinkLabel[];
  readonly services: Numbered<LabelOwner>;
}

/** An unordered pair of links between which adjacency labels carry packets as a permit says. */
export interface PermittedPair {
  readonly pair: readonly [number, number];
  /** Whose packets may pass; undefined: those of no share, and of shares that have no permit here. */
  readonly share?: number | undefined;
  readonly allowance: Allowance;
}

interface LabelOwner {
  readonly name: string;
  readonly label: number;
  readonly secondLabel?: number | undefined;
}

export interface LinkLabel {
  readonly link: number;
  readonly label: number;
}

export const Operation = { pop: 0, swap: 1, end: 2, deliver: 3 } as const;
export type Operation = (typeof Operation)[keyof typeof Operation];
export type OperationName = keyof typeof Operation;
export const OPERATION_NAMES: readonly OperationName[] = ["pop", "swap", "end", "deliver"];

/** A line of the label table. */
export interface LabelEntry {
  /** The link for whose packets it holds, or `ALL_LINKS`. */
  readonly inLink: number;
  readonly label: number;
  readonly operation: Operation;
  /** Out-link of `pop` and `swap`, service of `deliver`. */
  readonly target: number;
  /** The label that `swap` writes. */
  readonly outLabel: number;
  /** Number, or index, in its list of the config, for messages. */
  readonly source: number;
  /** Whether this is the second label of its owner. */
  readonly isSecond?: boolean;
}

export function countEntries(config: LabelTableConfig): number {
  const { links, services, crossConnects, lspEnds } = config;
  const owners = [...links.entries(), ...services.entries()];
  const owned = owners.reduce((sum, [, owner]) => sum + labelsOf(owner).length, 0);
  return owned + 2 * crossConnects.length + lspEnds.length;
}

/** All entries that a config asks for, those for all links first. */
export function* entriesOf(config: LabelTableConfig): Generator<LabelEntry, void> {
  yield* ownedEntries(config.links, Operation.pop);
  yield* ownedEntries(config.services, Operation.deliver);
  for (const [source, { from, to }] of config.crossConnects.entries()) {
    yield swapEntry(from, to, source);
    yield swapEntry(to, from, source);
  }
  for (const [source, { link, label }] of config.lspEnds.entries()) {
    yield { inLink: link, label, operation: Operation.end, target: LINK_NONE, outLabel: 0, source };
  }
}

function* ownedEntries(owners: Numbered<LabelOwner>, operation: Operation): Generator<LabelEntry, void> {
  for (const [source, owner] of owners.entries()) {
    for (const [at, label] of labelsOf(owner).entries()) {
      yield { inLink: ALL_LINKS, label, operation, target: source, outLabel: 0, source, isSecond: at === 1 };
    }
  }
}

/** The labels that lead to a link or service, the one that is written first. */
export function labelsOf(owner: Pick<LabelOwner, "label" | "secondLabel"> | undefined): readonly number[] {
  if (owner === undefined) return [];
  return owner.secondLabel === undefined ? [owner.label] : [owner.label, owner.secondLabel];
}

function swapEntry(from: LinkLabel, to: LinkLabel, source: number): LabelEntry {
  return {
    inLink: from.link,
    label: from.label,
    operation: Operation.swap,
    target: to.link,
    outLabel: to.label,
    source,
  };
}

/** The entry as the operator knows it. */
export function describeEntry(config: LabelTableConfig, entry: LabelEntry): string {
  const second = entry.isSecond === true ? " (second label)" : "";
  if (entry.operation === Operation.pop) return `link ${nameOf(config.links, entry.source)}${second}`;
  if (entry.operation === Operation.deliver) return `service ${nameOf(config.services, entry.source)}${second}`;
  const kind = entry.operation === Operation.swap ? "cross-connect" : "LSP end";
  return `${kind} ${entry.source + 1} (on link ${nameOf(config.links, entry.inLink)})`;
}

function nameOf(owners: Numbered<LabelOwner>, number: number): string {
  for (const [known, owner] of owners.entries()) if (known === number && owner !== undefined) return owner.name;
  return `number ${number}`;
}
