/** Packets that are remembered to see those that circle, a power of two: a megabyte, or the last second of 250,000 in a second. */
export const PASSED_PACKETS: number = 1 << 18;
/** Pairs of links, each direction by itself, that all tables of a portal have named together: their limits and counts stay. */
export const TRANSIT_PAIRS_MAX = 65_536;
/** Counts that are looked through at a time for those that have changed. */
export const TRANSIT_ROWS_PER_LOOK = 65_536;
