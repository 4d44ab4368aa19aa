/** Entries of `readers`. */
export const READERS_MAX = 256;
/** Principals, or organizations, of an entry of `readers`. */
export const READER_NAMES_MAX = 256;
/** Names of hosts by which browsers come. */
export const HOSTS_MAX = 64;
