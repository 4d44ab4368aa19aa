/** Changes of one config that the log names: a line for each of thousands of links and services would be too many. */
export const CHANGES_LOGGED_MAX = 50;
/** Access records that wait for a slow disk, in bytes (nearly one for each character); beyond, records are dropped. */
export const ACCESS_BACKLOG_SIZE_MAX = 4_194_304;
/** Connections whose spans wait for a slow collector; beyond, spans are lost. */
export const SPANS_WAITING_MAX = 8_192;
/** Spans of one request to the collector. */
export const SPANS_SENT_MAX = 512;
/** How long a span waits for others that go with it. */
export const SPAN_PAUSE_MS = 1_000;
/** The pause after a request that has failed. */
export const SPAN_RETRY_MS = 5_000;
/** How long a request takes at most, with all its attempts. */
export const SPAN_REQUEST_MS_MAX = 10_000;
/** How long a process that has finished may take to write the last access records, and to send the last spans. */
export const ACCESS_CLOSE_MS_MAX = 1_000;
