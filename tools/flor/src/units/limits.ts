/** Depth of folders that is looked into. State and identities need three. A folder's owner can nest any number, and each costs a descriptor. */
export const DEPTH_MAX = 16;
/** Files of one tree that are looked at in one go. A folder's owner can fill it, and the unit's start waits for the look. */
export const ENTRIES_MAX = 8_192;
