/** Nodes to which the config has hand-written ways. */
export const WAYS_MAX = 1_024;
/** Members of etcd that a store names: more than anybody has, as each of them answers for all. */
export const STORE_URLS_MAX = 16;
