/** Bounds of what an agent keeps and sends of telemetry. */
import { ORGANIZATIONS_TOLD_MAX } from "@florenetes/telemetry";

/** A node writes to the observers of its partition so often at most. */
export const TELL_MS = 60_000;
/** The first time it does so within so long, at random: a fleet that starts does not write in one moment. */
export const TELL_SPREAD_MS = 15_000;
/** Observers that a node writes to: the first ones by name, so that all nodes of a partition tell the same. */
export const OBSERVERS_TOLD_MAX = 3;
/** A node looks so often whether there are observers. */
export const LOOK_MS = 5_000;
/** An observer tells its sums so often. */
export const OBSERVE_MS = 60_000;
/** … and first when each node that is well has written: within a period and what it spreads over. */
export const FIRST_OBSERVE_MS: number = TELL_MS + TELL_SPREAD_MS;
/** Three periods: nodes report each minute, and phones at rest each 5 minutes. An observer that listens for less calls none silent. */
export const SILENT_MS = 180_000;
export const SILENT_PHONE_MS = 900_000;
/** Letters of one sender that are read at once, and each second. */
export const SENDER_BURST = 4;
export const SENDER_PER_SECOND = 0.05;
/** Senders that are remembered: those that were heard longest ago are forgotten. */
export const SENDERS_MAX = 65_536;
/** Observations of one observer that a reader holds: as many as it signs. */
export const OBSERVER_ROWS_MAX: number = 1 + ORGANIZATIONS_TOLD_MAX;
/** … those of all, and what they count as: the oldest of the observer that has most are let go of first. */
export const SHELF_ROWS_MAX = 4_096;
export const SHELF_SIZE_MAX = 33_554_432;
/** Octets of memory that the sums of a cell take, beside the octets of the record. */
export const CELL_SIZE = 1_024;
/** A reader or an observer that knows no letters of telemetry is written to again after so long: within the time after which a node is told as silent. */
export const UNKNOWN_READER_MS = 60_000;
