export type LinkConfigErrorCode =
  | "ERR_CONFIG_CLUSTERS_EMPTY"
  | "ERR_CONFIG_CLUSTERS_MANY"
  | "ERR_CONFIG_LISTEN_DUPLICATE";

/** Every code of this app's config file beyond those of any config file, with its meaning. */
export const LINK_CONFIG_ERRORS: Readonly<Record<LinkConfigErrorCode, string>> = {
  ERR_CONFIG_CLUSTERS_EMPTY: "no cluster to serve",
  ERR_CONFIG_CLUSTERS_MANY: "more clusters than one process serves",
  ERR_CONFIG_LISTEN_DUPLICATE: "two clusters listen on one address",
};
