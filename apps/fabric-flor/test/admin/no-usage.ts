import type { FabricFlorStatus } from "../../src/admin/fabric-status.ts";
import type { UsageStatus } from "../../src/admin/usage-status.ts";

/** The status of an agent that has signed and holds nothing of usage. */
export const NO_USAGE: UsageStatus = {
  receipts: { signed: 0, left: 0, waiting: 0 },
  handedIn: {},
  held: 0,
  observer: null,
};

/** The status of an agent that nobody observes. */
export const NO_TELEMETRY: FabricFlorStatus["telemetry"] = { isObserved: false, handedIn: {}, held: 0, observer: null };

const NONE = { "route-churn": 0, joins: 0, authentication: 0 };

/** The status of an agent that has counted no misuse. */
const NO_MISUSE: FabricFlorStatus["misuse"] = { slowed: NONE, counted: NONE, heldBack: NONE };

/** An agent that counts nothing against anybody, follows no releases, and was ordered nothing. */
export const QUIET_REST: Pick<FabricFlorStatus, "misuse" | "usage" | "telemetry" | "releases" | "orders"> = {
  misuse: NO_MISUSE,
  usage: NO_USAGE,
  telemetry: NO_TELEMETRY,
  releases: null,
  orders: { counts: {}, last: null, held: 0 },
};
