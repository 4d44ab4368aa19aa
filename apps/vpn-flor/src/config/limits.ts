/** Networks of one list. */
export const NETWORKS_MAX = 256;
/** Clients of an egress at a time, unless the config says otherwise. */
export const CLIENTS = 1_024;
/** The most that `clients` may say: each has addresses, buckets, and thirteen streams and flows at cluster-flor. */
export const CLIENTS_MAX = 4_096;
