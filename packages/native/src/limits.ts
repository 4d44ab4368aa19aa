/** Looks of a watchdog within its limit: it ends a process late by one or two of these at most. */
export const WATCHDOG_TICKS = 5;
/** Packets that are read from a TUN device before the event loop goes on: one call into JavaScript for all of them, and all else still has its turn. */
export const TUN_PACKETS_PER_WAKE = 64;
/**
 * Bytes for the packets of a wake. A packet is read only where the largest that there is has room (65,535 bytes and the header of a piece), so that
 * none is cut: beside it 64 packets of 2,048 bytes fit, or two of the largest.
 */
export const TUN_SLAB_BYTES = 204_800;
