/** Nodes to which the config has hand-written ways. */
export const WAYS_MAX = 1_024;
/** Words of the command that says what the device is like. */
export const COMMAND_WORDS_MAX = 64;
/** Members of etcd that a store names: more than anybody has, as each of them answers for all. */
export const STORE_URLS_MAX = 16;
