/** Nodes to which the config has hand-written ways. */
export const WAYS_MAX = 1_024;
