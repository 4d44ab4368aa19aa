/** Answers a second to programs that send from another address than the device's. */
export const REFUSALS_PER_SECOND = 10;
/** How long a session may take from the try to its addresses, in milliseconds. */
export const ASSIGNED_MS = 10_000;
/** The pause before the first try after a session that was up, and the longest one, in milliseconds. */
export const RETRY_MS_MIN = 100;
export const RETRY_MS_MAX = 5_000;
/** How long a session has to be up for the next try to come soon behind its end, in milliseconds: an egress that ends sessions makes one try a second at most. */
export const STEADY_MS = 1_000;
/** The longest pause between tries just behind such a session, and for how long, in milliseconds: the mesh knows within a second or two which other egress there is. */
export const SOON_MS = 500;
export const SOON_FOR_MS = 5_000;
/** The least MTU that IPv6 works with (RFC 8200, 5). */
export const MTU_MIN = 1_280;
/** The largest MTU of the device: what networks behind an egress have. */
export const MTU_MAX = 1_500;
/** How long a larger MTU is told before it is taken: one that is smaller is taken at once, as larger packets would be lost. */
export const MTU_GROWTH_MS = 60_000;
/** How long nothing is tried after another session of the same principal has taken our place, in milliseconds: two machines with one identity would take it from each other for ever. */
export const SUPERSEDED_MS = 60_000;
/** How long an egress may take to answer the end of a session, in milliseconds. */
export const CLOSE_MS = 1_000;
/** How long packets are sent and nothing comes until the egress is asked for a sign of life, in milliseconds. */
export const QUIET_MS = 1_500;
/** How long the egress has to give a sign of life, in milliseconds. */
export const ANSWER_MS = 1_500;
/** The pause between two questions for a sign of life, in milliseconds. */
export const ASK_PAUSE_MS = 5_000;
/** The pause between two sessions that are tried beside the present one, in milliseconds. */
export const MOVE_PAUSE_MS = 3_000;
/** How long a session beside the present one may take to come up, in milliseconds: the mesh may have found another way meanwhile, which the next one goes. */
export const MOVE_MS = 3_000;
/** How often a session is looked at while packets are sent, in milliseconds. */
export const WATCH_MS = 500;
