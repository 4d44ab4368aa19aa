export type ClusterConfigErrorCode =
  | "ERR_CONFIG_VERTEX"
  | "ERR_CONFIG_PRINCIPAL"
  | "ERR_CONFIG_MODE"
  | "ERR_CONFIG_OWNER"
  | "ERR_CONFIG_LABEL_RANGE"
  | "ERR_CONFIG_LABEL_CONFLICT"
  | "ERR_CONFIG_PORTAL_UNKNOWN"
  | "ERR_CONFIG_LINK_UNKNOWN"
  | "ERR_CONFIG_LINK_SELF"
  | "ERR_CONFIG_LINK_DUPLICATE"
  | "ERR_CONFIG_ENDPOINT_MISSING"
  | "ERR_CONFIG_ENDPOINT_UNUSED"
  | "ERR_CONFIG_RATE"
  | "ERR_CONFIG_TRANSIT_SELF"
  | "ERR_CONFIG_CROSS_CONNECT_SELF"
  | "ERR_CONFIG_ALLOW_EMPTY"
  | "ERR_CONFIG_PATH_UNKNOWN"
  | "ERR_CONFIG_PATH_LABELS"
  | "ERR_CONFIG_PATH_LOCAL"
  | "ERR_CONFIG_PATH_MTU"
  | "ERR_CONFIG_TUNNEL_SERVICE"
  | "ERR_CONFIG_LISTEN_EXPOSED"
  | "ERR_CONFIG_LISTEN_DUPLICATE"
  | "ERR_CONFIG_LISTEN_OPTION"
  | "ERR_CONFIG_TARGET_OPTION"
  | "ERR_TRACE_TARGET"
  | "ERR_TRACE_BUSY"
  | "ERR_TRACE_OPTION";

/** Every code of this app's config file, and of questions about what it names, beyond those of any config file, with its meaning. */
export const CLUSTER_CONFIG_ERRORS: Readonly<Record<ClusterConfigErrorCode, string>> = {
  ERR_CONFIG_VERTEX: "a vertex's name that is not the one of the identity beside the file",
  ERR_CONFIG_PRINCIPAL: "a principal that is not user/<name> or service/<name>",
  ERR_CONFIG_MODE: "a file mode that cannot be read, or that nobody could use",
  ERR_CONFIG_OWNER: "a user or group that this machine does not know",
  ERR_CONFIG_LABEL_RANGE: "a label outside 16 to 1048575",
  ERR_CONFIG_LABEL_CONFLICT: "one label number for two things",
  ERR_CONFIG_PORTAL_UNKNOWN: "a link names a portal that is not configured",
  ERR_CONFIG_LINK_UNKNOWN: "something names a link that is not configured",
  ERR_CONFIG_LINK_SELF: "a link whose peer is this vertex itself",
  ERR_CONFIG_LINK_DUPLICATE: "two links to one peer with one tag on one portal",
  ERR_CONFIG_ENDPOINT_MISSING: "an originator without an endpoint",
  ERR_CONFIG_ENDPOINT_UNUSED: "an acceptor with an endpoint",
  ERR_CONFIG_RATE: "a rate of a link that cannot be read, or is out of bounds",
  ERR_CONFIG_TRANSIT_SELF: "a transit pair that names one link twice",
  ERR_CONFIG_CROSS_CONNECT_SELF: "a cross-connect that leads back over the link it came from",
  ERR_CONFIG_ALLOW_EMPTY: "a service that nobody may use",
  ERR_CONFIG_PATH_UNKNOWN: "a tunnel names a path that is not configured",
  ERR_CONFIG_PATH_LABELS: "a path without labels, or with more than a packet holds",
  ERR_CONFIG_PATH_LOCAL: "a path without a link that does not lead to a service here",
  ERR_CONFIG_PATH_MTU: "a path MTU that no path can have",
  ERR_CONFIG_TUNNEL_SERVICE: "a tunnel over a local path names another service than the path's",
  ERR_CONFIG_LISTEN_EXPOSED: "a tunnel listens beyond this machine and does not say so",
  ERR_CONFIG_LISTEN_DUPLICATE: "two tunnels listen on one address",
  ERR_CONFIG_LISTEN_OPTION: "an option that this kind of listener does not have",
  ERR_CONFIG_TARGET_OPTION: "an option that this kind of target does not have",
  ERR_TRACE_TARGET: "a trace of something that is no tunnel or path, or of several",
  ERR_TRACE_BUSY: "too many traces at once",
  ERR_TRACE_OPTION: "an option of a trace that makes no sense",
};
