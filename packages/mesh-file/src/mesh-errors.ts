export type MeshErrorCode =
  | "ERR_MESH_UNKNOWN_NODE"
  | "ERR_MESH_UNKNOWN_SERVICE"
  | "ERR_MESH_UNKNOWN_PATH"
  | "ERR_MESH_UNKNOWN_LSP"
  | "ERR_MESH_LINK_TO_SELF"
  | "ERR_MESH_DUPLICATE_LINK"
  | "ERR_MESH_TWO_ORIGINATORS"
  | "ERR_MESH_TWO_ACCEPTORS"
  | "ERR_MESH_LINK_NAME"
  | "ERR_MESH_NO_ENDPOINT"
  | "ERR_MESH_ENDPOINT_TWICE"
  | "ERR_MESH_ADDRESS_FAMILY"
  | "ERR_MESH_UNKNOWN_PORTAL"
  | "ERR_MESH_PORT_CLASH"
  | "ERR_MESH_PORT_ZERO"
  | "ERR_MESH_SOCKET_PATH"
  | "ERR_MESH_NO_LINK"
  | "ERR_MESH_PATH_EMPTY"
  | "ERR_MESH_PATH_TURNS"
  | "ERR_MESH_PATH_LABELS"
  | "ERR_MESH_PATH_HOPS"
  | "ERR_MESH_PATH_START"
  | "ERR_MESH_PATH_END"
  | "ERR_MESH_LSP_SHORT"
  | "ERR_MESH_LSP_LOOP"
  | "ERR_MESH_LSP_NOT_HERE"
  | "ERR_MESH_SERVICE_WITHOUT_ALLOW"
  | "ERR_MESH_NOT_ALLOWED"
  | "ERR_MESH_CLASS"
  | "ERR_MESH_KIND"
  | "ERR_MESH_RATE"
  | "ERR_MESH_LISTEN_CLASH"
  | "ERR_MESH_LISTEN_EXPOSED"
  | "ERR_MESH_TRANSIT_MISSING"
  | "ERR_MESH_TRANSIT_UNUSED"
  | "ERR_MESH_TRANSIT_TWICE"
  | "ERR_MESH_LOCK_CONFLICT"
  | "ERR_MESH_LOCK_CLUSTER"
  | "ERR_MESH_CLUSTER_TWICE"
  | "ERR_MESH_DIRS";

/** Every stable code about mesh files, with a line of meaning. docs/operate/mesh-file.md says what to do about each. */
export const MESH_ERRORS: Readonly<Record<MeshErrorCode, string>> = {
  ERR_MESH_UNKNOWN_NODE: "a name that no node of the file has",
  ERR_MESH_UNKNOWN_SERVICE: "a tunnel to a service that the file does not have",
  ERR_MESH_UNKNOWN_PATH: "a tunnel over a named path that the file does not have",
  ERR_MESH_UNKNOWN_LSP: "a hop over an LSP that the file does not have",
  ERR_MESH_LINK_TO_SELF: "a link whose two ends are one node",
  ERR_MESH_DUPLICATE_LINK: "two links between the same nodes with the same tag",
  ERR_MESH_TWO_ORIGINATORS: "a link that is there twice, each time with another originator",
  ERR_MESH_TWO_ACCEPTORS: "a link whose originator is neither of its ends",
  ERR_MESH_LINK_NAME: "two links of a node whose names in its config would be one",
  ERR_MESH_NO_ENDPOINT: "an acceptor that its originator cannot find",
  ERR_MESH_ENDPOINT_TWICE: "a link with both an endpoint and an address",
  ERR_MESH_ADDRESS_FAMILY: "a link over IPv6 with an end that listens on IPv4 alone, or the other way round",
  ERR_MESH_UNKNOWN_PORTAL: "a link over a portal that one of its ends does not have",
  ERR_MESH_PORT_CLASH: "two nodes, or clusters of a node, at one address and port",
  ERR_MESH_PORT_ZERO: "port 0, which only a lab can put right",
  ERR_MESH_SOCKET_PATH: "folders that make a socket's path too long",
  ERR_MESH_NO_LINK: "a hop, or transit, without a link",
  ERR_MESH_PATH_EMPTY: "a path without hops",
  ERR_MESH_PATH_TURNS: "a path, or transit, back over the link that it came from",
  ERR_MESH_PATH_LABELS: "a path with more labels than a packet holds",
  ERR_MESH_PATH_HOPS: "a path that crosses more nodes than the hop limit lets it",
  ERR_MESH_PATH_START: "a tunnel whose path starts at another node",
  ERR_MESH_PATH_END: "a tunnel whose path does not end where its service is",
  ERR_MESH_LSP_SHORT: "an LSP that crosses no node",
  ERR_MESH_LSP_LOOP: "an LSP that comes to a node twice",
  ERR_MESH_LSP_NOT_HERE: "a hop over an LSP that does not start or end where the path is",
  ERR_MESH_SERVICE_WITHOUT_ALLOW: "a service that allows nobody",
  ERR_MESH_NOT_ALLOWED: "a tunnel whose principal its service does not allow",
  ERR_MESH_RATE: "a rate of a link that cannot be read, or is out of bounds",
  ERR_MESH_CLASS: "a tunnel of a traffic class that its service does not take",
  ERR_MESH_KIND: "a tunnel of datagrams to a service of streams, or the other way round",
  ERR_MESH_LISTEN_CLASH: "two tunnels of a node on one address",
  ERR_MESH_LISTEN_EXPOSED: "a tunnel that other machines can reach, without `expose`",
  ERR_MESH_TRANSIT_MISSING: "a path over transit that the file does not list",
  ERR_MESH_TRANSIT_UNUSED: "listed transit that no tunnel's path uses",
  ERR_MESH_TRANSIT_TWICE: "a pair of links that is listed twice",
  ERR_MESH_LOCK_CONFLICT: "a lock file that gives one label twice",
  ERR_MESH_LOCK_CLUSTER: "a lock file of another cluster",
  ERR_MESH_CLUSTER_TWICE: "two mesh files of one cluster",
  ERR_MESH_DIRS: "folders that do not fit a node that is in several clusters",
};
