/** The policy of the cluster. Pure. */
import { bodyOf, type FactBook, type PolicyBody } from "@florenetes/facts";

/** The policy of the cluster that is in force; undefined: there is none. */
export function clusterPolicy(book: FactBook | undefined, wall: number): PolicyBody | undefined {
  const fact = book?.inForce("policy", "cluster", "cluster", wall);
  return fact === undefined ? undefined : bodyOf(fact, "policy");
}
