/** Shares, by which relays tell packets of different organizations apart without knowing whose they are. */
import type { ProfileBody } from "@florenetes/facts";

/** Nodes whose profile says this version of the contract `routes`, or a later one, know shares. Letters stay as they are. */
export const SHARES_VERSION = 2;

/** Nodes whose profile says this version of the contract `routes`, or a later one, may rest where their coordinators say that they know it. */
export const REST_VERSION = 3;

/** Whether a node may rest, by its profile. */
export function mayRest({ contracts }: Pick<ProfileBody, "contracts">): boolean {
  return contracts.some(({ of, highest }) => of === "routes" && highest >= REST_VERSION);
}

/** Whether a node knows shares, by its profile: permits and leases for others have none. */
export function knowsShares({ contracts }: Pick<ProfileBody, "contracts">): boolean {
  return contracts.some(({ of, highest }) => of === "routes" && highest >= SHARES_VERSION);
}
