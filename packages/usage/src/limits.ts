/** Rows of what was passed on that a meter holds of one hour: those beyond are left out, and counted. */
export const METER_PASSED_MAX = 4_096;
/** Rows of own connections that it holds of one neighbour: whatever that one sends takes no room of others. */
export const METER_OWN_MAX = 512;
/** Counts that it remembers: those that were not told of late go first. */
export const METER_COUNTS_MAX = 16_384;
/** Hours that a meter holds: those that were not taken, of the past day. */
export const METER_HOURS_MAX = 24;
/** A reading so close behind the end of an hour is of that hour. */
export const HOUR_SLACK_MS = 10_000;
/** Claims may be above what others saw by so many percent … */
export const CLAIM_SLACK_PERCENT = 5;
/** … and so many packets and bytes of one neighbour, direction and class, but at most as many as were seen: nodes do not read their counts in one moment. */
export const CLAIM_SLACK: readonly [packets: number, bytes: number] = [1_000, 1_000_000];
/** Claims that are told of one hour. */
export const FINDINGS_MAX = 256;
