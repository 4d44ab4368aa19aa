import { LABEL_CONNECTION, LABEL_COUNT_MAX } from "@florenetes/forwarding";
import { linkLabel, type PlannedWay } from "./planned-path.ts";

/** Nodes that are joined in a ring, and cross-connects that an operator should not have closed. */
export interface PlannedRing {
  readonly nodes: readonly number[];
  /** The links of each node to the next one, and to the one before. */
  readonly onward: readonly number[];
  readonly backward: readonly number[];
  /** The label of each node's onward link in an LSP that has no end. */
  readonly lspLabels: readonly number[];
}

/** The label of a link in the endless LSP of a ring, which no LSP with ends has. Two links may have the same label. */
const ringLabel = (ring: number, link: number): number => 500_000 + 2 * ring + (link % 2);

/**
 * The ring of a way whose ends were joined.
 *
 * @param onwardLink the link that joins them, at the way's end
 * @param backwardLink the link that joins them, at the way's beginning
 */
export function ringOf(
  { nodes, links, backLinks }: PlannedWay,
  onwardLink: number,
  backwardLink: number,
  index: number,
): PlannedRing {
  const onward = [...links, onwardLink];
  const backward = [backwardLink, ...backLinks];
  return { nodes, onward, backward, lspLabels: nodes.map((_, at) => ringLabel(index, at)) };
}

/** Labels that lead a packet round the ring, from the node at that place on: by adjacencies as far as labels reach, or by the LSP. */
export function circleLabels({ onward, lspLabels }: PlannedRing, at: number, isByLsp: boolean): number[] {
  if (isByLsp) return [lspLabels[at]!, LABEL_CONNECTION];
  const labels = Array.from({ length: LABEL_COUNT_MAX - 1 }, (_, step) => {
    return linkLabel(onward[(at + 1 + step) % onward.length]!);
  });
  return [...labels, LABEL_CONNECTION];
}
