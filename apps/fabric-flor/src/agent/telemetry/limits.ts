/** Bounds of what an agent keeps and sends of telemetry. */

/** A node writes to the observers of its partition so often at most. */
export const TELL_MS = 60_000;
/** The first time it does so within so long, at random: a fleet that starts does not write in one moment. */
export const TELL_SPREAD_MS = 15_000;
/** Observers that a node writes to: the first ones by name, so that all nodes of a partition tell the same. */
export const OBSERVERS_TOLD_MAX = 3;
/** A node looks so often whether there are observers. */
export const LOOK_MS = 5_000;
/** An observer tells its sums so often, and so long behind its start for the first time. */
export const OBSERVE_MS = 60_000;
export const FIRST_OBSERVE_MS = 15_000;
/** Three periods: nodes report each minute, and phones at rest each 5 minutes. An observer that listens for less calls none silent. */
export const SILENT_MS = 180_000;
export const SILENT_PHONE_MS = 900_000;
/** Letters of one sender that are read at once, and each second. */
export const SENDER_BURST = 4;
export const SENDER_PER_SECOND = 0.05;
/** Senders that are remembered: those that were heard longest ago are forgotten. */
export const SENDERS_MAX = 65_536;
/** Observations that a reader holds, and their octets: those that came longest ago are let go of first. */
export const SHELF_ROWS_MAX = 4_096;
export const SHELF_SIZE_MAX = 16_777_216;
