/** Bytes of the value of a capsule that means something here: 496 ranges of IPv6, or 861 addresses. A longer one ends the session. */
export const CAPSULE_SIZE_MAX = 16_384;
/** Capsules of one end at once, and each further second. Each costs work, and perhaps an answer of its size; ours sends one in five seconds at most. */
export const CAPSULES_MAX = 64;
export const CAPSULES_PER_SECOND = 1;
/** Addresses that one request may ask for: an answer is no longer than a request of so many. */
export const REQUESTED_MAX = 8;
/**
 * Bytes of answers that may wait for a client that does not read: more than the answers to all capsules that may come at once. Without a bound, a client that goes
 * on asking has its egress keep answers for ever.
 */
export const ANSWERS_WAITING_MAX = 16_384;
/** Bytes in front of a packet that we send: the context id 0 (RFC 9484, 6). */
export const CONTEXT_SIZE = 1;
