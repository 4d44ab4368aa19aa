/** Bounds of what nodes answer during an upgrade, and of its own pace. */

/** Packages, units or programs that a node may tell of. A node has four packages, and a few units for each cluster. */
export const TOLD_MAX = 1_024;
/** Nodes that get their packages at a time: each copy takes the operator's own line. */
export const COPIES_AT_ONCE = 4;
/** A package has to be on its node within this time: 50 MB over a line of 1 Mbit/s take seven minutes. */
export const COPY_MS_MAX = 1_800_000;
/** A node has to answer a question, or to begin its upgrade, within this time. */
export const ANSWER_MS_MAX = 60_000;
/** A node has to put packages in place and restart its units within this time: each unit may take 90 s to start. */
export const INSTALL_MS_MAX = 900_000;
/** Lines of a node's log that people are shown. */
export const LOG_LINES_SHOWN = 20;
