/** Octets of a request's target: the longest has two names of objects. */
export const TARGET_SIZE_MAX = 1_024;
/** Octets of the head of an answer. */
export const ANSWER_HEAD_SIZE_MAX = 8_192;
/** Octets of one entry in JSON: 16,384 shards of 91 each, its name, and its note. */
export const ENTRY_SIZE_MAX = 2_097_152;
/** Octets of a page of entries in JSON: `PAGE_SHARDS_MAX` shards, and 256 names and notes. */
export const PAGE_SIZE_MAX = 4_194_304;
/** Octets of a question about many shards. */
export const ASKED_SIZE_MAX = 131_072;
/** Octets of an answer that is neither a shard nor an entry. */
export const SHORT_ANSWER_SIZE_MAX = 16_384;
/** Characters of what a holder says about a refusal. */
export const REFUSAL_TEXT_MAX = 512;
/** Connections with one holder: each carries one question after the other. */
export const CONNECTIONS_OF_HOLDER_MAX = 8;
/** A holder that has neither taken nor given anything for so long gives no answer. */
export const SILENT_MS = 10_000;
/** A connection without a question is kept for so long: holders keep theirs for longer. */
export const IDLE_MS = 20_000;
/** Octets that are written to a connection at once. */
export const PIECE_SIZE = 65_536;
