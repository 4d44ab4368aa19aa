/** Every stable code about mesh files, with its row in docs/operate/errors.md. */
export const MESH_ERRORS = {
  ERR_MESH_UNKNOWN_NODE: {
    meaning: "A name that no node of the file has.",
    advice: "Mend the name, or add the node.",
  },
  ERR_MESH_UNKNOWN_SERVICE: {
    meaning: "A tunnel to a service that the file does not have.",
    advice: "Mend the name, or add the service.",
  },
  ERR_MESH_UNKNOWN_PATH: {
    meaning: "A tunnel over a named path that the file does not have.",
    advice: "Mend the name, add it to `paths`, or write the hops in the tunnel.",
  },
  ERR_MESH_UNKNOWN_LSP: {
    meaning: "A hop over an LSP that the file does not have.",
    advice: "Mend the name, or add it to `lsps`.",
  },
  ERR_MESH_LINK_TO_SELF: {
    meaning: "A link whose two ends are one node.",
    advice: "A link is between two nodes.",
  },
  ERR_MESH_DUPLICATE_LINK: {
    meaning: "Two links between the same nodes with the same tag.",
    advice: "Remove one, or give it another `tag`.",
  },
  ERR_MESH_TWO_ORIGINATORS: {
    meaning:
      "A link that is there twice, each time with another originator: both ends would call, and both be refused.",
    advice: "Remove one.",
  },
  ERR_MESH_TWO_ACCEPTORS: {
    meaning: "A link whose `originator` is neither of its ends: both ends would wait for ever.",
    advice: "Name one of the ends.",
  },
  ERR_MESH_LINK_NAME: {
    meaning:
      "Two links of a node that would have one name in its config (tag `1` to `b`, and tag `0` to a node `b.1`).",
    advice: "Choose another tag.",
  },
  ERR_MESH_NO_ENDPOINT: {
    meaning:
      "The acceptor of a link has no address, and the link has none either; or a link over a portal has no endpoint.",
    advice:
      "Give one of them an `address`, or let the other end be the originator; a link over a portal needs an `endpoint`.",
  },
  ERR_MESH_ENDPOINT_TWICE: {
    meaning: "A link with an `endpoint` and an `address` or `port`.",
    advice: "Keep one.",
  },
  ERR_MESH_ADDRESS_FAMILY: {
    meaning: "A link leads to an IPv6 address, and one of its ends listens on an IPv4 address; or the other way round.",
    advice: 'Give that node `listen: "::"`, which stands for both, or the link another address.',
  },
  ERR_MESH_UNKNOWN_PORTAL: {
    meaning: "A link names a portal that one of its ends does not have.",
    advice: "Add it to the node's `portals`.",
  },
  ERR_MESH_PORT_CLASH: {
    meaning: "Two nodes, or two clusters of a node, at one address and port.",
    advice: "Give one another `port`.",
  },
  ERR_MESH_PORT_ZERO: {
    meaning: "Port 0, for which only a lab puts a free one.",
    advice: "Name a port.",
  },
  ERR_MESH_SOCKET_PATH: {
    meaning: "Folders that make a socket's path longer than 107 bytes.",
    advice: "Choose shorter `run-…` folders.",
  },
  ERR_MESH_NO_LINK: {
    meaning: "A hop (of a path, of an LSP, of transit) for which there is no link.",
    advice: "Lead it over neighbours; the advice names them, and the tags of parallel links.",
  },
  ERR_MESH_PATH_EMPTY: {
    meaning: "A path without hops.",
    advice: "Name at least its first node.",
  },
  ERR_MESH_PATH_TURNS: {
    meaning: "A path, or transit, back over the very link that it came from.",
    advice: "Leave the detour out.",
  },
  ERR_MESH_PATH_LABELS: {
    meaning: "A path with more than 16 labels, the service's included.",
    advice: "Put a part of it into a static LSP.",
  },
  ERR_MESH_PATH_HOPS: {
    meaning: "A path that crosses more than 31 nodes.",
    advice: "Shorten it.",
  },
  ERR_MESH_PATH_START: {
    meaning: "A tunnel whose path starts at another node.",
    advice: "Start it at the tunnel's node.",
  },
  ERR_MESH_PATH_END: {
    meaning: "A tunnel whose path ends where its service is not.",
    advice: "Lead it to the service's node.",
  },
  ERR_MESH_LSP_SHORT: {
    meaning: "An LSP with no node between its ends.",
    advice: "Use the link itself.",
  },
  ERR_MESH_LSP_LOOP: {
    meaning: "An LSP that comes to a node twice.",
    advice: "Let it cross each node once.",
  },
  ERR_MESH_LSP_NOT_HERE: {
    meaning: "A hop over an LSP neither end of which is where the path is.",
    advice: "Lead the path to one of its ends first.",
  },
  ERR_MESH_SERVICE_WITHOUT_ALLOW: {
    meaning: "A service without an allow list, or with an empty one.",
    advice: "List who may use it.",
  },
  ERR_MESH_NOT_ALLOWED: {
    meaning:
      "A tunnel, or a socket of sessions, whose principal its service does not allow: its connections would be refused.",
    advice: "Add it to `allow`, or use another `as`.",
  },
  ERR_MESH_RATE: {
    meaning: "A `rate` of a link that cannot be read, or is out of bounds.",
    advice: "Write 64 kbit/s to 1000 Gbit/s, as `50 Mbit/s`.",
  },
  ERR_MESH_KIND: {
    meaning: "A tunnel that listens on `udp://` to a service whose target does not, or the other way round.",
    advice: "Give the tunnel the kind of address that the target has.",
  },
  ERR_MESH_CLASS: {
    meaning: "A tunnel whose traffic class its service does not take.",
    advice: "Give the tunnel a class of the service, or the service this class.",
  },
  ERR_MESH_LISTEN_CLASH: {
    meaning: "Two tunnels of a node, of one cluster or of two, on one address.",
    advice: "Give one another port.",
  },
  ERR_MESH_LISTEN_EXPOSED: {
    meaning: "A tunnel that other machines can reach: whoever connects acts as its principal.",
    advice: "Listen on loopback, or write `expose: true`.",
  },
  ERR_MESH_TRANSIT_MISSING: {
    meaning: "Warning: a path over transit that the written `transit` does not have; its packets will be dropped.",
    advice: "Add the pair.",
  },
  ERR_MESH_TRANSIT_UNUSED: {
    meaning: "Warning: a written pair that no tunnel's path uses.",
    advice: "Remove it: what is open and not needed only helps others.",
  },
  ERR_MESH_TRANSIT_TWICE: {
    meaning: "A pair that is listed twice.",
    advice: "Remove one: a pair has no direction.",
  },
  ERR_MESH_FABRIC_ROOT: {
    meaning: "`root` of `fabric` is no fingerprint of a root descriptor.",
    advice: "Write it as `flor fabric init` has printed it: `sha256:` and 64 hexadecimal digits.",
  },
  ERR_MESH_FABRIC_OWNER: {
    meaning:
      "The users of the units of this cluster have other names than `flor-<cluster>` and `fabric-<cluster>`, as the cluster's name is too long for one.",
    advice: "Write `owner` of `fabric`: the user of cluster-flor and the group of the agent, as `flor-x:fabric-x`.",
  },
  ERR_MESH_AUTO_WITHOUT_AGENT: {
    meaning: "`path: auto` on a node that runs no agent, or to a service whose node runs none.",
    advice: "Add the node to `nodes` of `fabric`, or write a path.",
  },
  ERR_MESH_FABRIC_NODE: {
    meaning:
      "`relays`, `coordinators`, `links`, `costs` or `storage` of `fabric` name a node that runs no agent, or none of the file.",
    advice: "Mend the name, add it to `nodes` of `fabric`, or remove it there.",
  },
  ERR_MESH_STORAGE: {
    meaning:
      "`storage` of `fabric` names a node twice, or as a holder and a gateway; or the file has a service of a holder's name.",
    advice:
      "A node is named once: its store-flor is a holder or a gateway. Remove services `storage.<node>`, which are made of `holders`.",
  },
  ERR_MESH_WAY: {
    meaning:
      "A way that an agent cannot use: one end runs no agent, it leads to a neighbour or to a node that has a way already, or it takes more labels than 15.",
    advice: "Lead it from a node with an agent over others to a node with an agent: a neighbour needs no way.",
  },
  ERR_MESH_LOCK_CONFLICT: {
    meaning: "The lock file gives one label to two things; it was probably merged by hand.",
    advice: "Take one side of the merge whole, then render again.",
  },
  ERR_MESH_LOCK_CLUSTER: {
    meaning: "The lock file is that of another cluster.",
    advice: "Put the right one beside the mesh file.",
  },
  ERR_MESH_CLUSTER_TWICE: {
    meaning: "Two mesh files that were given together are of one cluster.",
    advice: "A cluster has one mesh file.",
  },
  ERR_MESH_DIRS: {
    meaning:
      "A node is in several clusters, and its folders do not fit: link-flor's (`run-link`, `state-link`) must be the same in all mesh files, the others must not.",
    advice: "Leave `dirs` out, or mend them.",
  },
  ERR_MESH_SETTINGS: {
    meaning: "A node is in several clusters, and their mesh files have different `settings` of its one link-flor.",
    advice: "Write the same into all of them.",
  },
} as const;

export type MeshErrorCode = keyof typeof MESH_ERRORS;
