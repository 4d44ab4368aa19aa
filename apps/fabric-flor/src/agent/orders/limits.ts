/** Bounds of orders, and of what is kept of them. */

/** update-flor has so long to say what came of an order that was handed to it. */
export const ORDER_UNANSWERED_MS = 1_200_000;
/** A disk that does not take the mark of an order is tried again after so long: nothing is carried out before. */
export const ORDER_KEEP_AGAIN_MS = 30_000;
/** Control nodes are told of an outcome for so long. */
export const OUTCOME_TOLD_MS = 86_400_000;
/** Nodes whose outcomes a control node holds, and octets of these: those that came first are let go of. */
export const OUTCOMES_MAX = 4_096;
export const OUTCOMES_SIZE_MAX = 16_777_216;
/** Things that have happened which a report tells: the last ones. */
export const REPORTED_NEWS_MAX = 32;
/** Links that a report tells: those that are not up come first. */
export const REPORTED_LINKS_MAX = 48;
