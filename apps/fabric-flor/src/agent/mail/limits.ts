/** Bounds of records that are handed to readers of mail. */

/** Records that wait to be sent to readers. */
export const POSTED_MAX = 1_024;
/** A record that a reader did not take for now, or a letter that nobody has answered, is sent again after so long. */
export const POST_AGAIN_MS = 60_000;
/** … and to a reader that knows no such letters, after so long. */
export const POST_UNKNOWN_MS = 600_000;
/** Time for an answer before a letter goes another way. */
export const POST_ANSWER_MS = 5_000;
