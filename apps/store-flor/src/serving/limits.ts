/** Octets of a path: those of a target have the longest. */
export const PATH_SIZE_MAX = 256;
/** Octets that are read from the disk and handed to a connection at once. */
export const PIECE_SIZE = 65_536;
/** How many milliseconds' worth of a rate may go at once. */
export const RATE_BURST_MS = 250;
