/**
 * Bytes that may wait from one turn to the next for services on the same node: more than a turn of the transport makes, and
 * little enough to be read before it is late.
 */
export const LOOPBACK_BYTES_MAX: number = 8 * 1024 * 1024;

/**
 * Labels that mean nothing here: so many different ones may come over a link at once, and so many in a second in the long run.
 * Enough for the labels that an old config still uses; too few to find one of 2^20 by trying.
 */
export const GUESSES = 1_024;
export const GUESSES_PER_SECOND = 8;
/** Places for those behind the neighbours, on each level: those that share one by chance share its guesses. */
export const GUESS_BUCKETS = 4_096;
