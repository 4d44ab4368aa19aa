/** The error codes of places from which files are fetched, with their rows in docs/operate/errors.md. */
export const SOURCE_ERRORS = {
  ERR_RELEASE_SESSION: {
    meaning: "The cluster vertex opens no data session over which packages could be fetched.",
    advice:
      "Is cluster-flor up, and does its config lead from this socket (`sessions`) to `update-store` and the caches?",
  },
  ERR_RELEASE_SOURCE_ANSWER: {
    meaning: "A store or a cache has answered something that is no answer to the question.",
    advice: "Is it a store-flor of about this version? Another one is asked meanwhile.",
  },
  ERR_RELEASE_SOURCE_FULL: {
    meaning: "A store or a cache serves as many as it can, or has no room.",
    advice: "Another one is asked. Where it stays so, raise its `limits`, or add a cache.",
  },
  ERR_RELEASE_SOURCE_LOST: {
    meaning: "The connection with a store or a cache was lost.",
    advice: "Another one is asked, and goes on where this one has stopped.",
  },
  ERR_RELEASE_SOURCE_SLOW: {
    meaning: "A store or a cache has given nothing, or too little, for a time.",
    advice: "Another one is asked, and goes on where this one has stopped. Does it stand still?",
  },
  ERR_RELEASE_SOURCES: {
    meaning: "No store and no cache gives a file: there is none, or all are left alone after a fault.",
    advice:
      "It is tried again. The message says what was wrong with each; does the cluster have a service `update-store`?",
  },
} as const;

export type SourceErrorCode = keyof typeof SOURCE_ERRORS;
