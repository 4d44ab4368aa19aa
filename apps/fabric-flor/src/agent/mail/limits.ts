/** Bounds of records that are handed to readers of mail, and of letters by which nodes watch their papers. */

/** Records that wait to be sent to readers. */
export const POSTED_MAX = 1_024;
/** A record that a reader did not take for now, or a letter that nobody has answered, is sent again after so long. */
export const POST_AGAIN_MS = 60_000;
/** … and to a reader that knows no such letters, after so long. */
export const POST_UNKNOWN_MS = 600_000;
/** Time for an answer before a letter goes another way. */
export const POST_ANSWER_MS = 5_000;
/** Letters by which a control node is asked to say when the sender's own papers become others. */
export const WATCH_KIND = "papers-watch";
/** A control node that has nothing to tell answers them after so long: an answer has to be back within the minute that a letter lasts. */
export const WATCH_MS = 40_000;
