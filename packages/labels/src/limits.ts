/* Limits of the protocol, the same for every implementation. */

export const VERSION = 1;
/** Labels below this have a meaning of their own and cannot be configured. */
export const LABEL_MIN = 16;
/** A label has 20 bits. */
export const LABEL_MAX = 1_048_575;
/** Labels in one header. */
export const LABEL_COUNT_MAX = 16;
/** Hop limit that an origin writes, and the highest that a vertex believes of a packet that comes in. */
export const HOP_LIMIT_DEFAULT = 32;
/** Bytes of a header before its labels. */
export const FIXED_SIZE = 12;
/** Bytes of one label's word. */
export const WORD_SIZE = 4;

/* Limits of this implementation. */

/** Entries that one vertex's table takes, a cross-connect counting as two. */
export const TABLE_ENTRIES_MAX = 4_194_304;
/** Mistakes that are listed of one config. */
export const PROBLEMS_MAX = 100;
