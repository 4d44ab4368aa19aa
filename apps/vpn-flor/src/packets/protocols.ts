/** Numbers of the protocols that are told apart here, as IPv4 and IPv6 have them (IANA, "Assigned Internet Protocol Numbers"). */
export const IpProtocol = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  routing: 43,
  fragment: 44,
  authentication: 51,
  icmpv6: 58,
  destinationOptions: 60,
  sctp: 132,
} as const;

/** Bytes of an IPv4 header without options (RFC 791). */
export const IPV4_HEADER_SIZE = 20;
/** Bytes of an IPv6 header (RFC 8200). */
export const IPV6_HEADER_SIZE = 40;
