/** Headers of every answer: a browser keeps it to itself, and takes it for what it is called. */
export const LOOPBACK_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  // Another process may have the same port next time.
  "cache-control": "no-store",
} as const;
