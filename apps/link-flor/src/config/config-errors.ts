/** The error codes that only link-flor's config file has, with their rows in docs/operate/errors.md. */
export const LINK_CONFIG_ERRORS = {
  ERR_CONFIG_CLUSTERS_EMPTY: {
    meaning: "There is no cluster to serve.",
    advice: "Add a section for each cluster of this node.",
  },
  ERR_CONFIG_CLUSTERS_MANY: {
    meaning: "There are more clusters than one process serves; the message says how many those are.",
    advice: "Run a second link-flor, with a config, a state folder and sockets of its own, for the others.",
  },
} as const;

export type LinkConfigErrorCode = keyof typeof LINK_CONFIG_ERRORS;
