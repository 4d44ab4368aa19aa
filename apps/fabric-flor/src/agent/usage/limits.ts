/** Bounds of what an agent keeps and sends of usage. */

/** Octets of a body in JSON, of a receipt or of usage: with its envelope and the sender's own record it fits into a letter. */
export const USAGE_BODY_MAX = 13_500;
/** An hour that no reading has closed is closed so long behind its end. */
export const CLOSE_MS = 300_000;
/** Receipts go out within so long behind the end of their hour, at random: observers hear all nodes one after the other. */
export const RECEIPTS_SPREAD_MS = 600_000;
/** A coordinator looks so often whether it has shares to tell. */
export const SHARES_LOOK_MS = 60_000;
/** An observer adds an hour up so long behind its end … */
export const SUM_MS = 900_000;
/** … and again where more has come, after so long. */
export const SUM_AGAIN_MS = 600_000;
/** Receipts are taken, and sent again, for so many hours behind the end of theirs. */
export const HOURS_OPEN = 6;
/** Octets of the receipts that an observer holds. */
export const RECEIPTS_SIZE_MAX = 33_554_432;
/** An hour that is over is let go of where it is so for that long: a clock may be wrong for a moment. */
export const OVER_MS = 300_000;
/** Letters of one sender that are read at once, and each second. */
export const SENDER_BURST = 16;
export const SENDER_PER_SECOND = 0.2;
/** Senders that are remembered: those that were heard longest ago are forgotten. */
export const SENDERS_MAX = 4_096;
/** Usage records that are held, and their octets: those of the earliest hours are let go of first. */
export const SHELF_ROWS_MAX = 65_536;
export const SHELF_SIZE_MAX = 33_554_432;
/** Calendar months of which sums are held: this one and the last. */
export const MONTHS_SUMMED = 2;
/** State of the meter is kept so often. */
export const KEEP_MS = 60_000;
/** Claims of one hour that the log tells. */
export const TOLD_FINDINGS_MAX = 8;
