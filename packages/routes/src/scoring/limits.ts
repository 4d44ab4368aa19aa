// Bounds of scores, and of the gates of phones: docs/protocol/fabric-scoring.md has them.

/** Reasons that a score is told with: the weightiest ones. */
export const REASONS_MAX = 8;
/** A report that is older says nothing, in milliseconds: the longest life of its kind. */
export const REPORT_MS = 180_000;
/** A candidate that was too full costs less each second, and nothing after so long, in milliseconds. */
export const FADE_MS = 60_000;
/** A phone without a charger needs this charge to begin to carry for others, in percent. */
export const CHARGE_OPEN = 50;
/** A phone below this charge carries for others no more, in percent: the space between both keeps it from coming and going. */
export const CHARGE_SHUT = 45;
/** The least rate of a phone's uplink, in kbit/s. */
export const UPLINK_RATE_MIN = 5_000;
/** The uplink of a phone loses less than this, in millionths. */
export const UPLINK_LOSS_MAX = 20_000;
/** The uplink of a phone has to be good for so long, in milliseconds. */
export const UPLINK_MS = 600_000;
/** In a cluster for trials so long is enough, in milliseconds: nobody watches a demo for ten minutes. */
export const UPLINK_TRIAL_MS = 20_000;
