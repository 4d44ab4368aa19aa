/** Bounds of this package's input: each protects the process from a client or a log that sends too much. */

/** Clients of one admin socket at a time, and of the TCP address of metrics. */
export const ADMIN_CONNECTIONS_MAX = 32;
/** How long a client keeps its place at the admin socket without a request while others wait for a place. */
export const ADMIN_SILENCE_MS_MAX = 100;
/** How long a client may take to send its request. */
export const ADMIN_REQUEST_MS_MAX = 5_000;
/** How long a client waits for an answer, and keeps its place to read it. */
export const ADMIN_ANSWER_MS_MAX = 5_000;
/** How long a client may read nothing of its answer: then it loses the connection, also where nobody waits for its place. */
export const ADMIN_STILL_MS_MAX = 30_000;
/** Largest body that a client may send, in bytes: a whole config, as large as its file may be. */
export const ADMIN_BODY_SIZE_MAX = 1_048_576;
/** Config transactions that wait for the one under way. */
export const RELOADS_WAITING_MAX = 32;
/** How long a config may wait for its confirmation: at least long enough for a command to give it … */
export const CONFIRM_MS_MIN = 1_000;
/** … and not long enough to be forgotten. */
export const CONFIRM_MS_MAX = 3_600_000;
/** Bytes of a request's line and headers at the TCP address of metrics: Prometheus sends 300. */
export const METRICS_REQUEST_SIZE_MAX = 8_192;
/** How long a client may take for its handshake and its request there. */
export const METRICS_REQUEST_MS_MAX = 5_000;
/** How long a client may read nothing of its answer there. */
export const METRICS_STILL_MS_MAX = 10_000;
/** How long one answer serves all who ask there: however many ask, the process makes few. */
export const METRICS_ANSWER_MS = 250;
/** Largest file of a certificate, key or CA for the metrics, in bytes. */
export const PEM_FILE_SIZE_MAX = 1_048_576;
/** Pauses before an address of metrics that cannot be had is tried again: the first one, and the longest. */
export const METRICS_RETRY_MS_MIN = 1_000;
export const METRICS_RETRY_MS_MAX = 30_000;
/** How long `reload` waits for its outcome: identities and lists of many clusters may be read before. */
export const RELOAD_MS_MAX = 60_000;
/** Largest answer a client takes, in bytes. */
export const ADMIN_ANSWER_SIZE_MAX = 67_108_864;
/** How long the probe of a socket file that is in the way may take. */
export const SOCKET_PROBE_MS_MAX = 1_000;
/** Code points of one cell of a table. */
export const CELL_LENGTH_MAX = 2_048;
/** Code points of a metric's label. */
export const METRIC_LABEL_LENGTH_MAX = 256;
/** Log lines that wait for a slow reader, in bytes; beyond, lines are dropped. */
export const LOG_BACKLOG_SIZE_MAX = 4_194_304;
/** Lines of one kind that a rate-limited log writes at once … */
export const LOG_LINES_AT_ONCE = 5;
/** … and of one state of a link or a portal, whose changes an operator wants to see. */
export const LOG_LINES_OF_STATES_AT_ONCE = 20;
/** Lines of all links together that a portal writes at once, as a cluster vertex may ask for ever new links … */
export const LOG_LINES_OF_LINKS_AT_ONCE = 1_000;
/** … and the time in which one more is earned. */
export const LOG_LINE_OF_LINKS_MS = 1_000;
/** Sources of events that a rate-limited log tells apart at a time; beyond, they share one budget. */
export const LOG_SOURCES_MAX = 4_096;
/** Kinds of events that a rate-limited log tells apart for one source; beyond, they share one budget of this source. */
export const LOG_KINDS_MAX = 24;
/** How long the event loop of a running process may stand still: beyond, the watchdog takes the process for hung, and ends it. */
export const STANDSTILL_MS_MAX = 10_000;
/** How long a process that has finished may take to write the rest of its log. */
export const CLOSE_MS_MAX = 2_000;
/** Changes of the level of pressure that are remembered. */
export const PRESSURE_TRANSITIONS_MAX = 16;
/** The header of the PROXY protocol comes with the connection: whoever is slower is nobody that cluster-flor has brought. */
export const PROXY_HEADER_MS = 5_000;
