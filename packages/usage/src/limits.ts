/** Rows that a meter holds of one hour: what comes beyond is left out, and counted. */
export const METER_ROWS_MAX = 4_096;
/** Hours that a meter holds: those that were not taken, of the past day. */
export const METER_HOURS_MAX = 24;
/** A reading so close behind the end of an hour is of that hour. */
export const HOUR_SLACK_MS = 10_000;
/** Claims may be above what others saw by so many percent … */
export const CLAIM_SLACK_PERCENT = 5;
/** … and so many packets and bytes of one neighbour, direction and class: nodes do not read their counts in one moment. */
export const CLAIM_SLACK: readonly [packets: number, bytes: number] = [1_000, 1_000_000];
/** Claims that are told of one hour. */
export const FINDINGS_MAX = 256;
