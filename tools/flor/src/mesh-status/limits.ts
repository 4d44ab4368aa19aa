/** Bounds of the answers of nodes. */

/** Bytes that a node may print. The status of a node with ten thousand connections takes a third of this. */
export const ANSWER_SIZE_MAX = 16_777_216;
/** Nodes that are asked at a time. A node that does not answer takes one of these places for its whole time. */
export const ASKED_AT_ONCE_MAX = 64;
/** The picture is shown after this time, with the nodes that have answered by then. */
export const SHOWN_AFTER_MS = 2_000;
/** Code points of one text in an answer. */
export const TEXT_LENGTH_MAX = 256;
/** Differences of one node that people are told, in one line. Programs get all, up to the next bound. */
export const DIFFERENCES_SHOWN = 4;
/** Differences that are kept of things that a node has and the mesh file has not. */
export const EXTRAS_MAX = 100;
/** Nodes, and groups of nodes, that one finding names. */
export const NODES_NAMED_MAX = 8;
/** Findings of a program about itself that are shown. */
export const FINDINGS_SHOWN = 16;
/** Causes that one node's packets are thrown away for, or streams refused, and reasons of its pressure. The programs have half as many. */
export const CAUSES_MAX = 64;
/** Rows that one node tells of switches of its routes. */
export const SWITCHES_MAX = 64;
