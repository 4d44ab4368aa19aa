/** Bounds on what is kept for a peer because of quiche and its binding. Sizes are in bytes. */

/** Datagrams with packets of the handshake: two and a half times the largest certificate chain. */
export const HANDSHAKE_BYTES_MAX = 40_960;

/** Datagrams of a client's first flight that are kept: a ClientHello fits one, or two when its key shares are large. */
export const FIRST_FLIGHT_DATAGRAMS_MAX = 4;

/**
 * Weight for V8 of a connection that has ended; others weigh nothing. It makes V8 look for what it can collect after some hundred
 * of them. With four times as much, those that a flood of half-open sessions leaves took 99 MB instead of 51 to 65: the C library
 * writes zeros over weights of this size that it gives out again, so that they are memory themselves.
 */
export const ENDED_CONNECTION_WEIGHT = 65_536;
