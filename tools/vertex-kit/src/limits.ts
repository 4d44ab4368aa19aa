/** How long a check waits for what has to come: a busy machine is no reason to fail. */
export const PATIENCE_MS = 15_000;
/** Between two looks at what is waited for. */
export const POLL_MS = 5;
/** Time in which a vertex has its sockets and says so. */
export const START_MS_MAX = 30_000;
/** A vertex that is asked to end, and has not ended after this long, is killed. */
export const END_MS_MAX = 10_000;
/** Most of what a vertex writes that is kept, of its end. */
export const OUTPUT_MAX = 65_536;
/** Messages and packets that one side of the bench keeps; the oldest go first. */
export const HEARD_MAX = 20_000;
