/** Proposals that a replica keeps, … */
export const PROPOSALS_MAX = 512;
/** … of them those of which other replicas have told: so many places are shared out to the replicas to which they were brought, each as many as any other, … */
export const TOLD_MAX = 256;
/** … and those of one principal that wait for signatures. */
export const PROPOSALS_OF_ONE_MAX = 64;
/** A proposal is kept for so long, in milliseconds: seven days. */
export const PROPOSAL_LIFE_MS = 604_800_000;
/** Proposals of which the agent is asked at a time: it verifies signatures for each. */
export const INSPECTED_AT_ONCE = 16;
/** A record with all signatures that the agent has not taken is handed in again after so long, in milliseconds. */
export const PUBLISH_PAUSE_MS = 10_000;
/** Signed records of one request: an agent takes as many of anybody, and stands still for about a millisecond for each. */
export const RECORDS_AT_ONCE_MAX = 64;
