/** Bytes of the value of a capsule that means something here: 496 ranges of IPv6, or 861 addresses. A longer one ends the session. */
export const CAPSULE_SIZE_MAX = 16_384;
/** Capsules of one end in the life of a session. Each costs work, and perhaps an answer of its size; ours sends two. */
export const CAPSULES_MAX = 64;
/** Addresses that one request may ask for: an answer is no longer than a request of so many. */
export const REQUESTED_MAX = 8;
/** Bytes in front of a packet that we send: the context id 0 (RFC 9484, 6). */
export const CONTEXT_SIZE = 1;
