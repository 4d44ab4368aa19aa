/** Pages that are kept up to date at a time. */
export const PAGES_AT_ONCE = 16;
/** Seconds between two questions to the nodes. */
export const EVERY_SECONDS_DEFAULT = 5;
/** Random octets in the address of the console: other users of this machine do not find it. */
export const KEY_SIZE = 16;
/** Hops of a trace that are shown: a path has 16 labels at most. */
export const HOPS_MAX = 16;
/** Traces that readers may ask for at once, one after the other, and in a second. */
export const TRACES_BURST = 5;
export const TRACES_PER_SECOND = 0.2;
/** For how long a trace may take: the browser's connection is given up later. */
export const TRACE_MS_MAX = 25_000;
/** Octets of the form of a trace. */
export const FORM_SIZE_MAX = 256;
