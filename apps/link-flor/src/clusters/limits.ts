/** Between two attempts to serve a cluster that is down: at first, and at last. */
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 30_000;
