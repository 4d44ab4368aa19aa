/** RFC 9002, 6.2.2: the guess of a round trip before there is a sample, in milliseconds. */
export const INITIAL_RTT_MS = 333;
/** RFC 9002, 6.1.2. */
export const GRANULARITY_MS = 1;
/** RFC 9002, 6.1.1. */
export const REORDERING_MAX = 3;
/** How long an acknowledgement may wait for company. */
export const ACK_DELAY_MS = 5;
/** So many packets that ask for one are acknowledged at once (RFC 9000, 13.2.2). */
export const ACK_PACKETS_MAX = 2;
/** The largest acknowledgement delay that the peer may count on (RFC 9000, 18.2). */
export const ACK_DELAY_MS_MAX = 25;
/** Ranges that an acknowledgement reports; a packet below them counts as one that came before. */
export const ACK_RANGES_MAX = 32;
/** Packets of a congestion window: at first, and at least (RFC 9002, 7.2). */
export const WINDOW_PACKETS_FIRST = 10;
export const WINDOW_PACKETS_MIN = 2;
/** No congestion window is larger: a path of 1 Gbit/s and 500 ms. */
export const WINDOW_MAX: number = 64 * 1024 * 1024;
/** The interval between probes doubles that often at most. */
export const PROBE_DOUBLINGS_MAX = 16;
/** Bytes of one end's hellos in a handshake: two and a half times the largest certificate chain. */
export const HANDSHAKE_BYTES_MAX = 40_960;
/** The largest UDP payload during a handshake, and the size of the packets that begin it (RFC 9000, 14.1). */
export const HANDSHAKE_PAYLOAD = 1_200;
/** Bytes of a client's first destination ID. */
export const FIRST_ID_LENGTH = 8;
/** Bytes of a reason that are sent. */
export const REASON_LENGTH_MAX = 600;
