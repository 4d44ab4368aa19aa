/** Kinds of misuse, and by whom it is. */

/**
 * `route-churn`: leases that an origin has caused itself; `joins`: joins that fail; `authentication`: knocks, letters and records of those that do not prove what they say.
 */
export const MISUSE_KINDS = ["route-churn", "joins", "authentication"] as const;

export type MisuseKind = (typeof MISUSE_KINDS)[number];

/** Whose misuse it is. */
export interface Perpetrator {
  /**
   * `node`: it has proven to be the node that a record names. `neighbour`: a certificate names it, and it has brought what somebody else may have written. `organization`: of a node, or of a token
   * that was proven.
   */
  readonly by: "node" | "neighbour" | "organization";
  readonly name: string;
}
