/** The error codes of `vpn-flor pools`, with their rows in docs/operate/errors.md. */
export const VPN_POOL_ERRORS = {
  ERR_VPN_NO_CLIENT: {
    meaning: "The pools that a machine may use were asked for, and the config is that of an egress.",
    advice: "Ask with the config of a client, which has `up`.",
  },
  ERR_VPN_NO_SESSION: {
    meaning:
      "cluster-flor speaks no data session with this process at the socket that `up.session` names; the message says why.",
    advice:
      "Start cluster-flor; compare `up.session` with `listen` of its `sessions`, and run this as the user of vpn-flor, or as one that `allow` has there.",
  },
  ERR_VPN_POOLS_UNTOLD: {
    meaning:
      "cluster-flor does not tell the services of the socket: it is of an earlier version, or their names have more than 700 octets together.",
    advice: "Look at `services` of the socket in cluster-flor's config.",
  },
} as const;

export type VpnPoolErrorCode = keyof typeof VPN_POOL_ERRORS;
