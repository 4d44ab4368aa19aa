/** How long a check waits for something that has to come: a busy machine is no reason to fail. */
export const PATIENCE_MS = 15_000;
/** Time between two looks at something that is waited for. */
export const POLL_MS = 5;
/** The time within which a vertex has to have its sockets, and say so. */
export const START_MS_MAX = 30_000;
/** The time after which a vertex that was asked to end is killed. */
export const END_MS_MAX = 10_000;
/** Characters of a vertex's output that are kept, of its end. */
export const OUTPUT_MAX = 65_536;
/** Messages and packets that one side of the bench keeps; the oldest go first. */
export const HEARD_MAX = 20_000;
