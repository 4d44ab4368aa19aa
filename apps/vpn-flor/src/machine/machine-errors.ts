/** The error codes for what vpn-flor finds on its machine, with their rows in docs/operate/errors.md. */
export const VPN_MACHINE_ERRORS = {
  ERR_VPN_DEVICE: {
    meaning: "The TUN device cannot be made; the message says the system's reason.",
    advice:
      "Let vpn-flor have CAP_NET_ADMIN and /dev/net/tun (in a container: as a device of its own); load the module with modprobe tun.",
  },
  ERR_VPN_DEVICE_LOST: {
    meaning:
      "The TUN device was taken away while vpn-flor used it, by `ip link delete` for example. The process ends, and the kill switch holds.",
    advice: "Its supervisor starts it again; see who removes the device.",
  },
  ERR_VPN_DEVICE_TAKEN: {
    meaning: "There is already a network device of the name that the config gives to vpn-flor's.",
    advice:
      "Stop the other vpn-flor, remove the device (`ip link delete`) if nobody needs it, or write another name at `device`.",
  },
  ERR_VPN_TABLE_TAKEN: {
    meaning: "The routing table that vpn-flor takes has routes of somebody else's.",
    advice: "Write the number of a table at `table` that `ip route show table all` does not name.",
  },
  ERR_VPN_PRIORITY_TAKEN: {
    meaning: "Somebody else has rules with the priorities that vpn-flor takes for its own.",
    advice:
      "Write a number at `priority` from which on `ip rule show` and `ip -6 rule show` have four priorities free.",
  },
  ERR_VPN_ADDRESS_TAKEN: {
    meaning: "Another device of the machine has an address that vpn-flor's shall have.",
    advice: "Choose other addresses for the pool at the egress, or take the address from the other device.",
  },
  ERR_VPN_FORWARDING_OFF: {
    meaning:
      "The machine does not forward packets of a family, so that an egress leads nowhere. It is not switched on silently.",
    advice:
      "Write `net.ipv4.ip_forward = 1` and `net.ipv6.conf.all.forwarding = 1` into a file in /etc/sysctl.d, and run `sysctl --system`. A machine that gets IPv6 routes by router advertisements needs `accept_ra = 2` at that device, too.",
  },
  ERR_VPN_TCP_STRICT: {
    meaning:
      "Connection tracking holds segments of TCP connections that it does not know for invalid, rather than new. Behind another egress, or a restart of the machine, connections of clients hang: they are not reset.",
    advice:
      "Write `net.netfilter.nf_conntrack_tcp_loose = 1`, which is the kernel's own, into a file in /etc/sysctl.d, and run `sysctl --system`.",
  },
  ERR_VPN_TRACKING_ROOM: {
    meaning:
      "Clients of the egress could make the kernel know of more connections than it has room for, of the whole machine: closed ones are remembered for two minutes. A full table drops all that begins, the mesh's own packets among it.",
    advice:
      "Write the number of clients that there are at `egress.clients`, a lower one at `egress.connections`, or a larger `net.netfilter.nf_conntrack_max` (some 300 bytes of memory for each connection) into a file in /etc/sysctl.d.",
  },
  ERR_VPN_MESH_USER_ROOT: {
    meaning:
      "`up.mesh-user` is root, as whose the system counts packets of TCP connections that programs have left behind: a few of these go by the uplink, past the VPN.",
    advice: "Run link-flor as a user of its own, as its unit does, and name that one.",
  },
  ERR_VPN_RP_FILTER: {
    meaning:
      "A device drops packets whose answers would leave by another one (`rp_filter` 1): also those that carry the mesh, as their senders are reached through the VPN by everybody but link-flor.",
    advice:
      "Write `net.ipv4.conf.DEVICE.rp_filter = 2` for the devices that link-flor uses, and for `all`, into a file in /etc/sysctl.d, and run `sysctl --system`.",
  },
  ERR_VPN_FAMILY_OFF: {
    meaning: "The egress gives IPv6 addresses, or the config asks for some, and the machine has IPv6 switched off.",
    advice:
      "Write `net.ipv6.conf.default.disable_ipv6 = 0` into a file in /etc/sysctl.d, or leave it: IPv4 is carried, and IPv6 goes nowhere.",
  },
  ERR_VPN_RESOLVER: {
    meaning:
      "`up.dns` names resolvers, and systemd-resolved, which is to ask them, does not answer. Nothing is written elsewhere: names are resolved as before. Whether it lets vpn-flor's user tell it of resolvers, it says only once a session is up.",
    advice:
      "Install systemd-resolved, and let vpn-flor's user tell it (polkit, docs/operate/systemd.md); or remove `up.dns`, and name a resolver beyond the VPN in /etc/resolv.conf.",
  },
  ERR_VPN_COMMAND: {
    meaning: "A command that changes the machine has failed or did not end; the message has it, and what it said.",
    advice:
      "Run the command by hand. vpn-flor needs CAP_NET_ADMIN, iproute2 (5.x or newer), and at an egress nftables.",
  },
} as const;

export type VpnMachineErrorCode = keyof typeof VPN_MACHINE_ERRORS;
