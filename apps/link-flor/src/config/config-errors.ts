export type LinkConfigErrorCode =
  | "ERR_CONFIG_NAME"
  | "ERR_CONFIG_ADDRESS"
  | "ERR_CONFIG_DURATION"
  | "ERR_CONFIG_CLUSTERS_EMPTY"
  | "ERR_CONFIG_LISTEN_DUPLICATE";

/** Every code of this app's config file beyond those of any config file, with its meaning. */
export const LINK_CONFIG_ERRORS: Readonly<Record<LinkConfigErrorCode, string>> = {
  ERR_CONFIG_NAME: "a name with other characters than names have",
  ERR_CONFIG_ADDRESS: "an address that cannot be read",
  ERR_CONFIG_DURATION: "a duration that cannot be read, or is out of range",
  ERR_CONFIG_CLUSTERS_EMPTY: "no cluster to serve",
  ERR_CONFIG_LISTEN_DUPLICATE: "two clusters listen on one address",
};
