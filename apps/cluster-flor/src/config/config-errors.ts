/**
 * The codes of errors of this app's config file, and of questions about its parts, beyond those of any config file,
 * each with its row of docs/operate/errors.md.
 */
export const CLUSTER_CONFIG_ERRORS = {
  ERR_CONFIG_LABEL_RANGE: {
    meaning: "A label outside 16 to 1,048,575.",
    advice: "Choose one inside: labels below have a meaning of their own.",
  },
  ERR_CONFIG_TRACES_PLAIN: {
    meaning: "Spans would cross a network unencrypted: `otlp-traces` has an endpoint in plain HTTP on another machine.",
    advice: "Write https, or send them to a collector on 127.0.0.1 ([access-log.md](access-log.md#spans)).",
  },
  ERR_CONFIG_LABEL_CONFLICT: {
    meaning:
      "One label number for two things. Labels of links and services hold on every link; those of cross-connects and LSP ends on one.",
    advice: "Give one of them another number.",
  },
  ERR_CONFIG_PORTAL_UNKNOWN: {
    meaning: "A link names a portal that is not in `portals`.",
    advice: "Mend the name, or add the portal.",
  },
  ERR_CONFIG_LINK_UNKNOWN: {
    meaning: "A path, a transit pair, a cross-connect or an LSP end names a link that is not in `links`.",
    advice: "Mend the name, or add the link.",
  },
  ERR_CONFIG_LINK_SELF: {
    meaning: "A link whose `peer` is this vertex.",
    advice: "A service on this vertex needs no link: write a path without `link`.",
  },
  ERR_CONFIG_LINK_DUPLICATE: {
    meaning: "Two links to one peer with the same tag, over the same portal.",
    advice: "Give parallel links different tags, the same at both ends of each.",
  },
  ERR_CONFIG_ENDPOINT_MISSING: {
    meaning: "An originator without an `endpoint`.",
    advice: "Add where the peer listens.",
  },
  ERR_CONFIG_RATE: {
    meaning: "A `rate` of a link, or of `fabric.relay`, that cannot be read, or is out of bounds.",
    advice: "Write 64 kbit/s to 1000 Gbit/s, as `50 Mbit/s`.",
  },
  ERR_CONFIG_ENDPOINT_UNUSED: {
    meaning: "An acceptor with an `endpoint`.",
    advice: "Remove it, or make this end the originator and the other the acceptor.",
  },
  ERR_CONFIG_TRANSIT_SELF: {
    meaning: "A transit pair that names one link twice.",
    advice: "Name two links: nothing goes back over the link it came from.",
  },
  ERR_CONFIG_CROSS_CONNECT_SELF: {
    meaning: "A cross-connect that leads back over its own link.",
    advice: "Join two different links.",
  },
  ERR_CONFIG_ALLOW_EMPTY: {
    meaning: "A service, or a socket of data sessions, whose `allow` is empty, so that nobody may use it.",
    advice: "List who may.",
  },
  ERR_CONFIG_VERTEX: {
    meaning:
      "A warning of `check`: the identity in the folder `vertex` beside the file stands for another vertex than `vertex` says. Status of a running process says the same as a fault.",
    advice: "Mend `vertex`, or the identity.",
  },
  ERR_CONFIG_PRINCIPAL: {
    meaning: "A text in `allow` that is not `user/<name>` or `service/<name>`.",
    advice: "Write it so; a vertex cannot use a service.",
  },
  ERR_CONFIG_PATH_LABELS: {
    meaning: "A path without labels, or with more than 16.",
    advice:
      "One label for each vertex that reads one, the service's last; put a part of a longer path into a static LSP.",
  },
  ERR_CONFIG_PATH_LOCAL: {
    meaning: "A path without `link` stays on this vertex, but is not the label of one of its services.",
    advice: "Add the `link` that it starts with, or write the label of one of `services`.",
  },
  ERR_CONFIG_PATH_MTU: {
    meaning: "A path MTU below 1280, which every link carries, or above 16,000.",
    advice: "Leave it out, and it is found by probes; or take the smallest MTU of its links.",
  },
  ERR_CONFIG_PATH_UNKNOWN: {
    meaning: "A tunnel, or a service of a socket of data sessions, names a path that is not in `paths`.",
    advice: "Mend the name, or add the path.",
  },
  ERR_CONFIG_TUNNEL_SERVICE: {
    meaning:
      "A tunnel, or a service of a socket of data sessions, over a path that stays here names another service than that path leads to.",
    advice: "Name that service, or choose another path.",
  },
  ERR_CONFIG_LISTEN_EXPOSED: {
    meaning: "A tunnel listens where other machines can connect, and so lend itself its principal.",
    advice: "Listen on loopback, or write `expose: true` when that is what you want.",
  },
  ERR_CONFIG_LISTEN_OPTION: {
    meaning:
      "`mode` or `owner` of a TCP or UDP listener, `expose` of a Unix one, or `dont-fragment` of one that is not UDP.",
    advice: "Remove it.",
  },
  ERR_CONFIG_LEADER: {
    meaning: "A service with `leader: fabric` in a config without the key `fabric`.",
    advice: "Add the key `fabric`: the control agent alone gets grants to serve it. Or remove `leader`.",
  },
  ERR_CONFIG_TARGET_OPTION: {
    meaning:
      "`proxy-protocol` of a service whose target is `udp://…` or `session+unix:…`, `flow-idle` of another one, or `health-check` of one whose target is `udp://…` or `self:echo`.",
    advice: "Remove it.",
  },
  ERR_TRACE_TARGET: {
    meaning:
      "A trace of something that is no tunnel or path of this vertex, or of a service to which several tunnels lead.",
    advice: "Name one of those that the message lists.",
  },
  ERR_TRACE_BUSY: {
    meaning: "As many traces run on this vertex as may.",
    advice: "Wait for one of them to end.",
  },
  ERR_TRACE_OPTION: {
    meaning: "An option of `trace` or `ping` that makes no sense.",
    advice: "The message says what it takes.",
  },
  ERR_CONFIG_MODE: {
    meaning: "A socket mode that cannot be read, or that would let nobody connect.",
    advice: 'In octal and in quotes: `"0660"`.',
  },
  ERR_CONFIG_OWNER: {
    meaning: "A user or group that this machine does not know.",
    advice: '`user`, `user:group`, or numbers: `"1000:1000"`; in `allow`, users, and groups as `"group:mesh"`.',
  },
} as const;

export type ClusterConfigErrorCode = keyof typeof CLUSTER_CONFIG_ERRORS;
