/** Paths and leads of an overlay. */
export const OVERLAY_PATHS_MAX = 4_096;
export const OVERLAY_LEADS_MAX = 1_024;
/** Permits of an overlay, and the rate of one in bits per second. */
export const OVERLAY_TRANSIT_MAX = 4_096;
export const PERMIT_RATE_MAX = 1_000_000_000_000;
/** Services with a leader that are granted at once, and the longest time that a grant may have left: as long as a grant lasts. */
export const GRANTS_MAX = 1_024;
export const GRANT_MS_MAX = 10_000;
/** Characters of the name that a permit has for the agent. */
export const PERMIT_NAME_LENGTH_MAX = 128;
/** Principals with pins; hashes of a service, whose hosts have several each; hashes of a vertex: as many as a link vertex takes. */
export const PINNED_MAX = 8_192;
export const PINS_EACH_MAX = 4_096;
export const VERTEX_PINS_MAX = 64;
/** Routes of a path. */
export const PATH_ROUTES_MAX = 4;
/** Characters of a path's name: `auto.`, a service, one dot or two, and a host. */
export const PATH_NAME_LENGTH_MAX = 133;
/** Endpoints of a link: half of what a node may announce, as one end of a link is not called at addresses that the other cannot have. */
export const LINK_ENDPOINTS_MAX = 8;
/** Knocks that become events, at once and in a second, whatever link vertices tell: link-flor tells 32 in 10 s at most. */
export const KNOCKS_BURST = 64;
export const KNOCKS_PER_SECOND = 4;
/** Events that are kept for agents that read them late. */
export const EVENTS_KEPT = 1_024;
/** How long a question for events waits: less than what a client of the door has for an answer. */
export const EVENTS_WAIT_MS = 4_000;
