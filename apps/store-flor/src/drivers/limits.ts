/** Connections at a time. Each reads one file after the other, and few are idle. */
export const CONNECTIONS_MAX = 2_048;
/** Connections at a time of one principal. */
export const CONNECTIONS_OF_ONE_MAX = 64;
/** Headers, and a whole request, come within so long. */
export const HEADERS_MS = 10_000;
/** Whether they do is looked at so often. */
export const TIMES_CHECK_MS = 2_000;
/** A connection without a request ends after so long. */
export const IDLE_MS = 30_000;
export const HEADERS_SIZE_MAX = 8_192;
/** Requests of one connection, one after the other. */
export const REQUESTS_OF_ONE_MAX = 1_024;
/** A piece of 64 KiB that a reader has not taken after so long is its last: with less than 4 KiB of a second it keeps a place from others. */
export const PIECE_MS = 16_000;
/** A reader that waits for a cache gets a sign of life so often. */
export const SIGN_OF_LIFE_MS = 2_000;
/** Seconds after which a reader may come again that found no place. */
export const RETRY_AFTER_S = 5;
/** Metadata is asked for anew when it is so old and somebody reads it. */
export const REFRESH_MS = 60_000;
/** After a refresh that has failed metadata is asked for again once so long has passed. */
export const REFRESH_AGAIN_MS = 10_000;
/** Packages that a cache fetches at once. */
export const FETCHES_MAX = 4;
/** Octets of the file of the first root. */
export const ROOT_FILE_SIZE_MAX = 65_536;
/** The agent is asked so often. */
export const AGENT_LOOK_MS = 5_000;
/** Its word about roles counts for so long while it gives no other answer. */
export const ROLE_KEPT_MS = 30_000;
/** Faults of the disk, and fetches that came to nothing, are logged so often. */
export const FAULT_TOLD_MS = 60_000;
/** Octets of a holder's disk that shards leave free, so that names can be written and removed. */
export const NAMES_ROOM = 16_777_216;
/** Octets that the least file takes on a disk, with its inode; more are whole multiples of it. */
export const BLOCK_SIZE = 4_096;
/** Bodies of questions whose memory is kept for the next ones. */
export const BODIES_KEPT_MAX = 8;
/** A question to a holder comes within so long, as a shard over a slow way takes its time. */
export const QUESTION_MS = 120_000;
/** Whoever sends nothing of a question for so long is cut. */
export const QUESTION_SILENT_MS = 10_000;
/** Whoever is answered before its body has come reads the answer within so long: then its connection ends. */
export const ANSWER_READ_MS = 2_000;
/** Collections that one node holds. */
export const HELD_COLLECTIONS_MAX = 1_024;
/** The agent is asked at once because of an epoch that somebody names, so often at most. */
export const EPOCH_LOOK_MS = 1_000;
/** Organizations of which a holder tells its agent what they use: a question has room for these. */
export const ORGANIZATIONS_TOLD_MAX = 100;
