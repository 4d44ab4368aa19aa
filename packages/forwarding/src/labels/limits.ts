// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  FIXED_SIZE,
  HOP_LIMIT_DEFAULT,
  LABEL_COUNT_MAX,
  LABEL_MAX,
  LABEL_MIN,
  PERMIT_BURST_BITS_MIN,
  PERMIT_BURST_MS,
  SHARE_MAX,
  SHARE_PERMITS_MAX,
  SHARES_PER_PAIR_MAX,
  TABLE_ENTRIES_MAX,
  VERSION,
  WORD_SIZE,
} from "./generated/limits.ts";

/* Limits of the protocol, the same for every implementation. */

/* Limits of this implementation. */

/** Mistakes that are listed of one config. */
export const PROBLEMS_MAX = 100;
