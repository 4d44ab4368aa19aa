/** Bounds of what this package takes in; each protects the process from a client or a log that is too much. */

/** Clients of one admin socket at a time. */
export const ADMIN_CONNECTIONS_MAX = 32;
/** How long a client has a place of the admin socket for sure before it says what it wants, when others wait for one. */
export const ADMIN_SILENCE_MS_MAX = 100;
/** How long a client may take to say what it wants. */
export const ADMIN_REQUEST_MS_MAX = 5_000;
/** How long a client waits for an answer, and has a place for sure to read it. */
export const ADMIN_ANSWER_MS_MAX = 5_000;
/** Largest body that a client may send, in bytes: a whole config, as large as its file may be. */
export const ADMIN_BODY_SIZE_MAX = 1_048_576;
/** Config transactions that wait for the one under way. */
export const RELOADS_WAITING_MAX = 32;
/** How long a config may wait for its confirmation: at least so long that a command can give it … */
export const CONFIRM_MS_MIN = 1_000;
/** … and not so long that it is forgotten. */
export const CONFIRM_MS_MAX = 3_600_000;
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
/** Log lines waiting for a reader that does not read, in bytes; beyond, lines are lost rather than memory. */
export const LOG_BACKLOG_SIZE_MAX = 4_194_304;
/** Lines of one kind that a rate-limited log writes at once … */
export const LOG_LINES_AT_ONCE = 5;
/** … and of one state of a link or a portal: an operator wants to see it come and go. */
export const LOG_LINES_OF_STATES_AT_ONCE = 20;
/** Lines of all links together that a portal writes at once: a cluster vertex may ask for ever new ones … */
export const LOG_LINES_OF_LINKS_AT_ONCE = 1_000;
/** … and the time in which one more is earned. */
export const LOG_LINE_OF_LINKS_MS = 1_000;
/** Sources of events that a rate-limited log tells apart at a time; beyond, they share one budget. */
export const LOG_SOURCES_MAX = 4_096;
/** Kinds of events of one source that it tells apart; beyond, they share one budget of this source. */
export const LOG_KINDS_MAX = 24;
/** How long the event loop of a process that runs may stand still: then it hangs for good, and its watchdog ends it. */
export const STANDSTILL_MS_MAX = 10_000;
/** How long a process that has finished may take to write what is left of its log. */
export const CLOSE_MS_MAX = 2_000;
/** Changes of the level of pressure that are remembered. */
export const PRESSURE_TRANSITIONS_MAX = 16;
