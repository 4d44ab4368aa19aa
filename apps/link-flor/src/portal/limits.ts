/** Vertices that knock and are told at a time: so many links an agent may open for a while to hear them (docs/protocol/fabric-door.md). */
export const KNOCKS_MAX = 32;
/** Tags with which one vertex is told at a time, so that it leaves room to others. */
export const KNOCKS_EACH_MAX = 4;
/** How long a knock that was told counts: one that goes on is told again then. */
export const KNOCK_MS = 10_000;
