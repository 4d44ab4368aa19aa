/** Pages that are kept up to date at a time. */
export const PAGES_AT_ONCE = 16;
/** Seconds between two questions to the nodes. */
export const EVERY_SECONDS_DEFAULT = 5;
/** Random octets in the address of the console: other users of this machine do not find it. */
export const KEY_SIZE = 16;
