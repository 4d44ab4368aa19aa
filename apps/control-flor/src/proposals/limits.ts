/** Proposals that a replica keeps, … */
export const PROPOSALS_MAX = 512;
/** … and those of one principal that wait for signatures. */
export const PROPOSALS_OF_ONE_MAX = 64;
/** A proposal is kept for so long, in milliseconds: seven days. */
export const PROPOSAL_LIFE_MS = 604_800_000;
