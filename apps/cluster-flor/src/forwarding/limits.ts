/**
 * What may wait from one turn to the next for services on the same node: more than a turn of the transport makes, and
 * little enough to be read before it is late.
 */
export const LOOPBACK_BYTES_MAX: number = 8 * 1024 * 1024;
