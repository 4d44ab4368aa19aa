/** Bounds of what an agent keeps and sends, whoever asks for it. */

/** Octets of an overlay as JSON: with what else is in an order, it stays below the mebibyte that a door takes. */
export const OVERLAY_SIZE_MAX = 1_000_000;
/** Services of this node that its announcement names: as many as a record may have entries in a list. */
export const ANNOUNCED_MAX = 64;
/** Streams of other agents that are served at a time, one for each: as many as a cluster vertex may have links. */
export const SOURCES_MAX = 4_096;
/** Organizations whose records one neighbour is offered: with `entry`, `public` and `papers`, as many sections as a stream may have. */
export const ORGANIZATIONS_MAX = 63;
