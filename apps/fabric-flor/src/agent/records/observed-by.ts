import type { FactBook } from "@florenetes/facts";
import { directoryOf } from "@florenetes/routes";

/** The role of nodes that add up what others tell them: receipts, reports and profiles. */
export const OBSERVER_ROLE = "observer";

/** The partition that a node observes; undefined: none, as it has no role `observer` in force in the scope `cluster`. */
export function observedBy(book: FactBook, node: string, wall: number): string | undefined {
  const directory = directoryOf(book, wall);
  const partition = directory.node(node)?.partition;
  const isOne = partition !== undefined && directory.hasRole(node, OBSERVER_ROLE, partition, "cluster");
  return isOne ? partition : undefined;
}
