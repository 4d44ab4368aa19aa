import { LABEL_CONNECTION } from "@florenetes/forwarding";

/** A piece of a path that its nodes have cross-connected: the links from `first` to before `end`, each with a label. */
interface PlannedLsp {
  readonly first: number;
  readonly end: number;
  readonly labels: readonly number[];
}

/** A way through the mesh: each link by its index at the node before it, and at the node behind it. */
export interface PlannedWay {
  /** The nodes of the way: one more than its links. */
  readonly nodes: readonly number[];
  readonly links: readonly number[];
  readonly backLinks: readonly number[];
  readonly lsp: PlannedLsp | undefined;
}

/** The labels that lead along a way, and the ones that each of its nodes but the first reads. */
export interface PlannedPath {
  readonly nodes: readonly number[];
  readonly labels: readonly number[];
  readonly cursors: readonly number[];
}

export const linkLabel = (link: number): number => 100 + link;
export const serviceLabel = (port: number): number => 900 + port;
/** The label of a link in an LSP. Each LSP has numbers of its own, one for each of its links. */
export const lspLabel = (lsp: number, link: number): number => 10_000 + 16 * lsp + link;

/** @param last the label for the node at the end */
export function pathOf({ nodes, links, lsp }: PlannedWay, last: number): PlannedPath {
  const labels: number[] = [];
  /** The node, by its place on the way, that is the last to read each label. */
  const lastReaders: number[] = [];
  const add = (label: number, lastReader: number): void => {
    labels.push(label);
    lastReaders.push(lastReader);
  };
  for (const [at, link] of links.entries()) {
    const isInside = lsp !== undefined && at > lsp.first && at < lsp.end;
    if (at > 0 && !isInside) add(linkLabel(link), at);
    if (at === lsp?.first) add(lsp.labels[0]!, lsp.end);
  }
  add(last, links.length);
  const cursors = links.map((_, at) => lastReaders.findIndex((reader) => reader > at));
  return { nodes, labels, cursors };
}

/** The path that the answers take. */
export function pathBackOf({ nodes, links, backLinks, lsp }: PlannedWay): PlannedPath {
  const count = links.length;
  const lspBack = lsp && { first: count - lsp.end, end: count - lsp.first, labels: lsp.labels.toReversed() };
  const way = { nodes: nodes.toReversed(), links: backLinks.toReversed(), backLinks: links.toReversed(), lsp: lspBack };
  return pathOf(way, LABEL_CONNECTION);
}
