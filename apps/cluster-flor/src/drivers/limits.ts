/** Changes of one config that the log names: a line for each of thousands of links and services would be too many. */
export const CHANGES_LOGGED_MAX = 50;
/** Access records that wait for a slow disk, in bytes (nearly one for each character); beyond, records are dropped. */
export const ACCESS_BACKLOG_SIZE_MAX = 4_194_304;
/** How long a process that has finished may take to write the last access records. */
export const ACCESS_CLOSE_MS_MAX = 1_000;
