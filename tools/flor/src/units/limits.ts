/** Folders in each other that are looked into. State and identities need three; whoever owns a folder can make any number, each of which costs a descriptor. */
export const DEPTH_MAX = 16;
/** Files of one tree that are looked at in one go: whoever owns a folder can fill it, and its unit's start waits for the look. */
export const ENTRIES_MAX = 8_192;
