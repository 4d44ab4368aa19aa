/** Records that are delivered follow each other in their slots as those of a directory do. */
import { compareFacts, type Fact } from "@florenetes/facts";

/** Whether a record takes the place of one of the same slot. A void one keeps all of its epoch and lower ones out. */
export function follows(fact: Fact, before: Fact | undefined): boolean {
  if (before === undefined) return true;
  if (before.void === true && fact.void !== true && fact.epoch <= before.epoch) return false;
  return compareFacts(fact, before) > 0;
}
