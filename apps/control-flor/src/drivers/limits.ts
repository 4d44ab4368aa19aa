/** The agent is asked so often, … */
export const LOOK_MS = 1_000;
/** … and never for more than a fifth of the time: the pause is so many times as long as the look was. */
export const PAUSE_PER_LOOK = 4;
/** Leases and reports, which are many, are asked for so often, and again where a record has changed. */
export const ROUTES_LOOK_MS = 5_000;
/** Pages of one answer of the agent: more are those of an agent that never ends. */
export const AGENT_PAGES_MAX = 1_000;
/** Octets of the answers of which records, leases and reports are kept, all together: twice the records that an agent keeps. */
export const AGENT_OCTETS_MAX = 268_435_456;
/** Usage is asked for so often, … */
export const USAGE_LOOK_MS = 60_000;
/** … of so many hours before the newest that is known, as receipts may come late. */
export const USAGE_HOURS_AGAIN = 6;
/** Older hours are asked for by so many at a time. */
export const USAGE_HOURS_BACK = 24;
/** All hours are asked for again after so long, also those of which nothing new is expected. */
export const USAGE_WHOLE_MS = 3_600_000;
/** Octets of a page: what an agent says at most, and room for its frame. */
export const AGENT_PAGE_SIZE_MAX = 4_194_304;
/** Sections of the console are made anew so often, while somebody looks at them. */
export const CONSOLE_EVERY_MS = 1_000;
/** Rows of the console's pages of log and audit: as many as people look through. */
export const CONSOLE_ROWS = 50;
/** Connections at a time. Each may be a browser's, or of a program that follows. */
export const CONNECTIONS_MAX = 2_048;
/** Connections of one principal, so that nobody takes those of all others. It has fewer streams, and asks over few. */
export const CONNECTIONS_OF_ONE_MAX = 256;
/** A handshake is over within so long. */
export const HANDSHAKE_MS = 10_000;
/** Users whose certificates have ended are looked for so often. */
export const USERS_LOOK_MS = 1_000;
/** How long before its end a revocation list is warned of. */
export const LIST_WARNING_MS: number = 30 * 86_400_000;
/** Headers, and a whole request, come within so long. */
export const HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;
/** Whether they do is looked at so often. */
export const TIMES_CHECK_MS = 2_000;
/** An answer that is not read for so long is given up. */
export const ANSWER_STILL_MS = 30_000;
/** A connection without a request ends after so long. */
export const IDLE_MS = 65_000;
export const HEADERS_SIZE_MAX = 16_384;
/** The agent is asked for letters of other replicas, and answers within so many seconds. */
export const LETTERS_WAIT_S = 20;
/** An agent that does not answer, or has no letters at once, is asked again after so long. */
export const LETTERS_PAUSE_MS = 5_000;
/** Time for the answer to a letter: an agent sends it four times within a minute, and may lose it once on its way. */
export const LETTER_ANSWER_MS = 130_000;
/** Faults of a replica are told so often. */
export const FAULTS_TOLD_MS = 60_000;
/** Octets of the audit's file: 20,000 of the longest lines have fewer, so that a larger file is none that this program has written. */
export const AUDIT_FILE_SIZE_MAX = 67_108_864;
/** A disk that has not taken an entry of the audit is asked again after so long for those of reads. */
export const AUDIT_RETRY_MS = 5_000;
/** Time for the answer of another replica about its audit: somebody waits for the page. */
export const AUDIT_ANSWER_MS = 4_000;
