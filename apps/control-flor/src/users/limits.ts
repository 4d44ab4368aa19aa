/** Connections over HTTPS that have proven no reader. */
export const STRANGERS_MAX = 256;
/** Handshakes of all that are begun at once, and each second: a quarter of a core at a few milliseconds each. */
export const HANDSHAKES_AT_ONCE = 500;
export const HANDSHAKES_PER_SECOND = 100;
/** Handshakes of one address of IPv4, or one /64 of IPv6: a browser begins six at a time. */
export const HANDSHAKES_OF_ONE_AT_ONCE = 100;
export const HANDSHAKES_OF_ONE_PER_SECOND = 10;
/** Networks whose pace is remembered, some 200 octets each. */
export const NETWORKS_REMEMBERED_MAX = 4_096;
/** CAs of `intermediates`: with a user's certificate as many as a chain may have. */
export const INTERMEDIATES_MAX = 7;
