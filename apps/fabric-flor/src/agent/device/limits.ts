/** Bounds of what a source of device facts may make us keep or do. */

/** Bytes of a line, its end included; a longer one is dropped. */
export const LINE_MAX = 4_096;
/** Lines that are read at once, and each second in the long run. */
export const LINES_PER_SECOND = 10;
/** Bytes without the end of a line, and bytes in a second, beyond which a source is ended. */
export const FLOOD_MAX = 1_048_576;
/** Lines in a second beyond which a source is ended: each that is skipped costs some time as well. */
export const FLOOD_LINES_MAX = 10_000;
/** Time without a good line after which nothing is known of the device, and its source is started again. */
export const SILENCE_MS = 900_000;
/** The pause before a source is started again: the first one, twice as long each time, and the longest one. */
export const RESTART_MS_MIN = 1_000;
export const RESTART_MS_MAX = 60_000;
/** How long a source has to run, with a good line, for its next pause to be the first one. */
export const STEADY_MS = 60_000;
/** Time that a source has to end by itself, before it is killed. */
export const END_MS = 2_000;
/** Time between two changes that the agent is told. */
export const CHANGE_MS = 1_000;
/** Characters of a line of a source's standard error that the log has. */
export const ERROR_LENGTH_MAX = 256;
