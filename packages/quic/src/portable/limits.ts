/** Bounds on what is kept for a peer because of quiche and its binding. Sizes are in bytes. */

/** Datagrams with packets of the handshake: two and a half times the largest certificate chain. */
export const handshakeBytesMax = 40_960;

/** Datagrams of a client's first flight that are kept: a ClientHello fits one, or two when its key shares are large. */
export const firstFlightDatagramsMax = 4;

/**
 * Weight for V8 of a connection that has ended; others weigh nothing. It makes V8 look for what it can collect after a hundred or
 * two of them: one that a neighbour has filled with all that its bounds allow holds more than this.
 */
export const endedConnectionWeight = 262_144;
