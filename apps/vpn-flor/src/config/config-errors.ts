/** The error codes that only vpn-flor's config file has, with their rows in docs/operate/errors.md. */
export const VPN_CONFIG_ERRORS = {
  ERR_VPN_ROLE: {
    meaning: "The file has both `up` and `egress`, or neither: a process is one end of a VPN.",
    advice: "Keep the section of this machine's end. A machine that is both runs two processes.",
  },
  ERR_VPN_NETWORK: {
    meaning: "A network is none, or bits behind its prefix are set.",
    advice: "As `10.0.0.0/8` or `fd00::/8`; one address as `192.0.2.1`.",
  },
  ERR_VPN_POOL: {
    meaning:
      "The networks of a pool's addresses are not one of IPv4, of prefix 30 at most, one of IPv6, of prefix 64 at most, or both.",
    advice: "As `[ 100.64.0.0/16, fd00:f10::/64 ]`, the same at each egress of the pool.",
  },
  ERR_VPN_DEVICE_NAME: {
    meaning: "The name of a device has more than 15 characters, or others than letters, digits, `.`, `_` and `-`.",
    advice: "As `flor0`.",
  },
  ERR_VPN_CLASS: {
    meaning:
      "A key of `classes.dscp` is no code point, one of `classes.ports` no port and no range of ports, or one of these is in two entries.",
    advice: "As `dscp: { EF: interactive, 18: bulk }` and `ports: { 5060: interactive, 6881-6889: bulk }`.",
  },
  ERR_VPN_PROBE: {
    meaning: "An entry of `probe` is no IP address with a port.",
    advice: 'As `192.0.2.1:443` or `"[2001:db8::1]:443"`: names would need a resolver that may be silent itself.',
  },
  ERR_VPN_DNS: {
    meaning:
      "An entry of `dns` is no IP address, or is not reached over the VPN (not within `networks`, or within `exclude`); one of `dns-domains` is no domain; or one of both keys is there without the other: only with `networks: all` the domains are all names by default.",
    advice:
      "As `dns: [ 192.0.2.53 ]` with `dns-domains: [ ~corp.example ]`, where `networks` has 192.0.2.53; all names are `~.`.",
  },
  ERR_VPN_USER: {
    meaning: "This machine has no user of the name that `mesh-user` gives.",
    advice: "Name the user as which link-flor runs, `florenetes-link` under systemd, or give its number.",
  },
} as const;

export type VpnConfigErrorCode = keyof typeof VPN_CONFIG_ERRORS;
