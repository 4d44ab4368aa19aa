/** Readers at once that a config may ask for. */
export const READERS_LIMIT_MAX = 1_024;
/** Octets of the least budget: two packages with a runtime in them. */
export const BUDGET_MIN = 100_000_000;
/** Octets of the largest one. */
export const BUDGET_MAX = 100_000_000_000_000;
/** Milliseconds after which a holder that gives no answer may count as gone. */
export const GONE_AFTER_MIN = 60_000;
export const GONE_AFTER_MAX = 604_800_000;
/** Bits of a second that each reader has to get: twice the rate below which readers take a source for slow. */
export const READER_RATE_MIN = 64_000;
/** Collections of one gateway. */
export const GATEWAY_COLLECTIONS_MAX = 64;
