/** Networks of one list. */
export const NETWORKS_MAX = 256;
/** Clients of an egress at a time, unless the config says otherwise. */
export const CLIENTS = 1_024;
/** As many have addresses, flows and buckets without the egress being short of memory: 13 KiB each. */
export const CLIENTS_MAX = 4_096;
