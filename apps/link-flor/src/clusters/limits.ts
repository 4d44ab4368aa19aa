/** Pauses between attempts to serve a cluster that is down: the first one, and the longest. */
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 30_000;
