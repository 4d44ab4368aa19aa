/** Networks of one list. */
export const NETWORKS_MAX = 256;
/** Clients of an egress at a time, unless the config says otherwise. */
export const CLIENTS = 1_024;
/** The most that `clients` may say: each has addresses, buckets, and thirteen streams and flows at cluster-flor. */
export const CLIENTS_MAX = 4_096;
/**
 * Connections of a client of an egress at a time, of each version of IP, unless the config says otherwise: several times what a busy machine has, and what
 * providers leave to a household that shares an address. A hostile client makes the kernel remember 12,032 of both versions (`trackedMax`), and 22 of them fill
 * its table (nf_conntrack_max is 262,144 as a rule): `check` compares both numbers.
 */
export const CONNECTIONS = 2_048;
/** The most that `connections` may say: the ports of an address. */
export const CONNECTIONS_MAX = 65_536;
/** Entries of one table of classes. */
export const CLASS_ENTRIES_MAX = 256;
/** The least bytes that may make a connection bulk: a page of the web has more. */
export const BULK_BYTES_MIN = 100_000;
/** The most: bytes of a connection are counted in 32 bits. */
export const BULK_BYTES_MAX = 1_000_000_000;
/** Addresses of the world that an egress asks: one that answers is enough. */
export const PROBES_MAX = 8;
/** Resolvers behind the VPN: systemd-resolved asks one after the other. */
export const RESOLVERS_MAX = 8;
/** Domains whose names they resolve. */
export const DOMAINS_MAX = 64;
