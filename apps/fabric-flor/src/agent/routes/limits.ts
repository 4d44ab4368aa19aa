// Times by which a node asks one of several coordinators for its leases: docs/protocol/fabric-routes.md has them.
import { SILENT_MS } from "@florenetes/routes";

/** A silent coordinator is left this much later at most: its origins do not come to the others all at once. */
export const SILENT_JITTER_MS = 30_000;
/** A coordinator that was silent is moved to when it has been heard for so long, and one that is new when it has been for so long. */
export const STEADY_MS = 180_000;
export const NEW_MS = 10_000;
/** A silence is remembered for so long, whether its coordinator is known meanwhile or not, and this many are. */
export const SILENCE_KEPT_MS = 3_600_000;
export const SILENCES_KEPT = 64;
/** A move comes this much later at most than the times above say. */
export const MOVE_JITTER_MS = 60_000;
/** Another coordinator is asked, too, for a lease that is not to be had, each time after so long. */
export const SHORT_MS = 20_000;
/** A coordinator whose lease is used no more is asked for so long yet: packets that are on their way still need its permits. */
export const SETTLE_MS = 10_000;
/** Another coordinator's lease is used for so long, where one has led nowhere. */
export const PASSED_MS = 1_200_000;
/** Whoever is asked for a lease is asked for so long at least: longer than one waits for its relays. */
export const ASKED_LEAST_MS = 30_000;
/**
 * Routes for which no lease is good any more stay for so long, where no other lease comes: streams wait on them meanwhile, and further coordinators are asked. A coordinator that fell
 * silent before it had renewed a lease is taken for one that answers until its silence shows: the lease is held from then on, and its routes have to be there still.
 */
export const FORMER_ROUTES_MS: number = SILENT_MS + 10_000;
