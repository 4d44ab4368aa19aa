/** Bounds of what is kept and told of nodes. */

/** Nodes of one observer. */
export const NODES_MAX = 65_536;
/** A link that is reported as faster counts as this, in kbit/s: sums of all links of all nodes stay whole numbers. */
export const COUNTED_RATE_MAX = 100_000_000;
/** Whole reports of nodes that are unwell, and of a sample of the others: how many of each, and octets of each. */
export const SAMPLES_MAX = 256;
export const SAMPLES_SIZE_MAX = 1_048_576;
/** Nodes of a fleet that the sample has, about: one in n is taken, and n grows with the fleet. */
export const SAMPLED_NODES = 64;
/** Organizations of a partition that are told on their own: those with the most nodes. */
export const ORGANIZATIONS_TOLD_MAX = 64;
/** Roles that are told on their own: those with the most nodes. */
export const ROLES_TOLD_MAX = 16;
/** Organizations, roles, and versions that metrics name; all others are one. */
export const SERIES_NAMES_MAX = 12;
export const SERIES_VERSIONS_MAX = 32;
/** Octets of a body in JSON: with its envelope and the sender's own record it fits into a letter. */
export const OBSERVATION_SIZE_MAX = 13_500;
