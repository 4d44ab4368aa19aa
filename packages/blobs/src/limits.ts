/** Octets of a shard. */
export const SHARD_SIZE_MAX = 4_194_304;
/** Octets of a second at which a shard has to go over the mesh: whoever takes longer gives no answer. Holders end a question after 120 s. */
export const SHARD_RATE_MIN = 40_960;
/** Copies of a shard. */
export const COPIES_MIN = 2;
export const COPIES_MAX = 5;
/** Nodes that hold one collection. */
export const HOLDERS_MAX = 32;
/** Principals in one list of a collection. */
export const PRINCIPALS_MAX = 64;
/** Recipients for whom objects of a collection are sealed. */
export const RECIPIENTS_MAX = 16;
/** First parts of names that may be removed at any time. */
export const UNRETAINED_MAX = 8;
/** Characters of the name of an object. */
export const OBJECT_NAME_MAX = 255;
/** Shards of one object: 64 GiB. */
export const OBJECT_SHARDS_MAX = 16_384;
/** Characters of what a writer notes at an object for those who read it. */
export const NOTE_MAX = 4_096;
/** Entries of one page, and of all changes that are asked for at once. */
export const PAGE_ENTRIES_MAX = 256;
/** Shards of one question. */
export const ASKED_SHARDS_MAX = 1_024;
/** Shards of one challenge: whoever is challenged reads each of them. */
export const CHALLENGED_SHARDS_MAX = 16;
/** Shards that the entries of one page name together; a page of one entry may have more. */
export const PAGE_SHARDS_MAX = 16_384;
/** Names of one collection at one holder, with those that are gone. */
export const NAMES_MAX = 262_144;
/** By how much the turn of a name may rise at once: a hostile writer does not come to the end of the numbers. */
export const TURN_STEP_MAX = 1_000;
/** Milliseconds for which a name that is gone is remembered. */
export const GONE_KEPT_MS = 2_592_000_000;
/** Characters of a piece that a program hands out to be kept: a mebibyte of entries in base64, and what signers have put beside them. */
export const PIECE_SIZE_MAX = 4_194_304;
