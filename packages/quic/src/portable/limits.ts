/** Bounds on what is kept for a peer because of quiche and its binding. Sizes are in bytes. */

/** Datagrams with packets of the handshake: two and a half times the largest certificate chain. */
export const HANDSHAKE_BYTES_MAX = 40_960;

/** Datagrams of a client's first flight that are kept: a ClientHello fits one, or two when its key shares are large. */
export const FIRST_FLIGHT_DATAGRAMS_MAX = 4;

/**
 * Weight for V8 of each connection: it looks for what it can collect after 256 of them. One that nobody has answered holds some 60 KB, one that
 * was fuzzed more.
 */
export const CONNECTION_WEIGHT = 262_144;
/** Another weight for V8, of one that has heard more of a handshake than is usual. */
export const LONG_HANDSHAKE_WEIGHT = 1_048_576;
