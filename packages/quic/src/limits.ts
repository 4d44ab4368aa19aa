/** Code points of a peer's reason for closing. */
export const CLOSE_REASON_LENGTH_MAX = 200;
