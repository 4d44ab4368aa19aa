/** Bounds of a config file; each protects the process from a file that is too much. */

/** Largest config file, in bytes. Ten thousand paths take about half of it. */
export const CONFIG_SIZE_MAX = 1_048_576;
/**
 * Lines, commas and opening brackets of a config: it has about as many values. The YAML reader takes ten microseconds and a kilobyte for each, so
 * that a megabyte of commas would hold a process up for as long as its watchdog waits. Ten thousand paths have about 50,000.
 */
export const CONFIG_MARKS_MAX = 300_000;
/** Anchors and aliases of a config: the YAML reader looks for the anchor of an alias among all of them. */
export const CONFIG_REFERENCES_MAX = 1_000;
/** Values that a config may stand for once its aliases are expanded, about what `CONFIG_MARKS_MAX` allows without any: a few lines can otherwise stand for gigabytes. */
export const CONFIG_VALUES_MAX = 600_000;
/** How deep a config file may nest. */
export const CONFIG_DEPTH_MAX = 64;
/** Bound of durations in days: ten years. */
export const LONG_DURATION_MS_MAX: number = 3_650 * 86_400_000;
/** `sun_path` of Linux without its final zero. Longer paths are cut, or refused with a riddle, by what is below us. */
export const SOCKET_PATH_SIZE_MAX = 107;
/** Bits per second that a link may be held to. */
export const RATE_MIN = 64_000;
export const RATE_MAX = 1_000_000_000_000;
