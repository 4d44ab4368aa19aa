/** Items of a page, unless the request says otherwise, … */
export const PAGE_ITEMS = 100;
/** … and the most that it may say. */
export const PAGE_ITEMS_MAX = 500;
/** Characters of a parameter's value: names and scopes are shorter, … */
export const PARAMETER_LENGTH_MAX = 1_024;
/** … and of a cursor's: one of all audits has a place in each. */
export const CURSOR_LENGTH_MAX = 2_048;
/** Entries of the log for which the agent is asked at a time: it tells no more, … */
export const ENTRIES_AT_ONCE = 64;
/** … questions of one page, so that a filter which few entries pass reads no more than this many times as many, … */
export const ENTRY_ASKS_MAX = 8;
/** … and octets of their answers, behind which a page asks for no more. */
export const ENTRIES_SIZE_MAX = 2_097_152;
/** Pages of the log that are made at once, for all principals and for one: each holds answers of the agent meanwhile. */
export const LOG_READS_MAX = 8;
export const LOG_READS_OF_ONE_MAX = 2;
/** Questions for entries that a principal has the agent answer at once, and a second in the long run: the agent's time for them is little, and for all. */
export const LOG_ASKS_AT_ONCE = 32;
export const LOG_ASKS_PER_SECOND = 2;
/** Octets of a body: an agent takes as much at a time. */
export const BODY_SIZE_MAX = 1_048_576;
/** Requests that a principal has at once, and a second in the long run: a page asks a dozen as it opens, and one for each change. */
export const REQUESTS_AT_ONCE = 200;
export const REQUESTS_PER_SECOND = 100;
/** Proposals, signatures and records that a principal brings at once, and a second in the long run: an agent verifies signatures for each. */
export const ORDERS_AT_ONCE = 32;
export const ORDERS_PER_SECOND = 1;
/** Streams of events, in all and of one principal. */
export const STREAMS_MAX = 1_024;
export const STREAMS_OF_ONE_MAX = 32;
/** Octets of news that a stream has yet to read: more is kept back, and told in one when it has read. */
export const STREAM_UNREAD_MAX = 65_536;
/** Octets of answers that a principal has yet to read, beyond which it gets no further one: some 75 pages of 500 nodes. */
export const ANSWERS_UNREAD_MAX = 33_554_432;
/** A stream says that it lives after so much silence, in milliseconds. */
export const SIGN_OF_LIFE_MS = 15_000;
/** Answers are STALE where the agent has told nothing for so long, in milliseconds, … */
export const STALE_AFTER_MS = 10_000;
/** … and for so many looks, which take their time at a large fabric; and where it does not answer. */
export const STALE_AFTER_LOOKS = 3;
/** Requests that the audit remembers, of all principals; its file has twice as many lines at most. */
export const AUDIT_ENTRIES_MAX = 10_000;
/** Requests that are not let in are told so often, in milliseconds, … */
export const REFUSALS_TOLD_MS = 60_000;
/** … of so many principals, each with its reason. Those of others are told in one. */
export const REFUSALS_TOLD_MAX = 64;
/** Octets of entries of an audit in one answer to another replica: with what stands around them they fit into a letter. */
export const AUDIT_SLICE_SIZE_MAX = 15_000;
/** An entry that is ahead of this machine's clock by more is none. */
export const AUDIT_AHEAD_MS = 300_000;
/** Replicas whose audits are in one list, and questions to each for one page. */
export const AUDIT_REPLICAS_MAX = 8;
export const AUDIT_ASKS_MAX = 4;
/** Pages of all audits that a principal has at once, one after the other, and a second in the long run. */
export const AUDIT_LISTS_AT_ONCE = 10;
export const AUDIT_LISTS_PER_SECOND = 1;
/** Pages of all audits that are made at a time, for all principals and for one. */
export const AUDIT_PAGES_MAX = 8;
export const AUDIT_PAGES_OF_ONE_MAX = 2;
/** A page asks nobody any more after so long. */
export const AUDIT_PAGE_MS = 5_000;
/** A replica that has not answered is not asked for its audit for so long. */
export const AUDIT_SILENT_MS = 60_000;
/** Tables of all usage that a principal asks for at once, and a second in the long run: each goes through all rows. */
export const USAGE_TABLES_AT_ONCE = 10;
export const USAGE_TABLES_PER_SECOND = 1;
/** About how many characters a piece of the audit has that is to be kept elsewhere. */
export const AUDIT_PIECE_SIZE_MAX = 1_048_576;
/** A change whose end is not noted is waited for so long before it is handed out to be kept: it has ended by then, or its process has. */
export const AUDIT_WAIT_MS = 600_000;
