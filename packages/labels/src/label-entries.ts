/** Stands for the link of a packet that came over none: it is of this vertex itself. */
export const LINK_NONE = -1;
/** Stands for the in-link of entries that hold for all links. */
export const ALL_LINKS = -2;

/** Meaning of the labels of a vertex. Links and services are named by their index; an index whose link or service is gone has none. */
export interface LabelTableConfig {
  /** Each with its adjacency label. */
  readonly links: readonly (LabelOwner | undefined)[];
  /** Unordered pairs of links between which adjacency labels carry packets. */
  readonly transit: readonly (readonly [number, number])[];
  /** Pieces of static LSPs; both directions of each. */
  readonly crossConnects: readonly { readonly from: LinkLabel; readonly to: LinkLabel }[];
  /** Heads and tails of static LSPs. */
  readonly lspEnds: readonly LinkLabel[];
  readonly services: readonly (LabelOwner | undefined)[];
}

interface LabelOwner {
  readonly name: string;
  readonly label: number;
}

export interface LinkLabel {
  readonly link: number;
  readonly label: number;
}

export const Operation = { pop: 0, swap: 1, end: 2, deliver: 3 } as const;
export type Operation = (typeof Operation)[keyof typeof Operation];
export type OperationName = keyof typeof Operation;
export const OPERATION_NAMES: readonly OperationName[] = ["pop", "swap", "end", "deliver"];

/** One line of the label table. */
export interface LabelEntry {
  /** The link for whose packets it holds, or `ALL_LINKS`. */
  readonly inLink: number;
  readonly label: number;
  readonly operation: Operation;
  /** Out-link of `pop` and `swap`, service of `deliver`. */
  readonly target: number;
  /** The label that `swap` writes. */
  readonly outLabel: number;
  /** Index in its list of the config, for messages. */
  readonly source: number;
}

export function countEntries(config: LabelTableConfig): number {
  const { links, services, crossConnects, lspEnds } = config;
  const isThere = (owner: LabelOwner | undefined): boolean => owner !== undefined;
  return links.filter(isThere).length + services.filter(isThere).length + 2 * crossConnects.length + lspEnds.length;
}

/** All entries that a config asks for, those for all links first. */
export function* entriesOf(config: LabelTableConfig): Generator<LabelEntry, void> {
  for (const [source, link] of config.links.entries()) {
    if (link === undefined) continue;
    yield { inLink: ALL_LINKS, label: link.label, operation: Operation.pop, target: source, outLabel: 0, source };
  }
  for (const [source, service] of config.services.entries()) {
    if (service === undefined) continue;
    yield {
      inLink: ALL_LINKS,
      label: service.label,
      operation: Operation.deliver,
      target: source,
      outLabel: 0,
      source,
    };
  }
  for (const [source, { from, to }] of config.crossConnects.entries()) {
    yield swapEntry(from, to, source);
    yield swapEntry(to, from, source);
  }
  for (const [source, { link, label }] of config.lspEnds.entries()) {
    yield { inLink: link, label, operation: Operation.end, target: LINK_NONE, outLabel: 0, source };
  }
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
  if (entry.operation === Operation.pop) return `link ${config.links[entry.source]!.name}`;
  if (entry.operation === Operation.deliver) return `service ${config.services[entry.source]!.name}`;
  const kind = entry.operation === Operation.swap ? "cross-connect" : "LSP end";
  return `${kind} ${entry.source + 1} (on link ${config.links[entry.inLink]?.name ?? `number ${entry.inLink}`})`;
}
