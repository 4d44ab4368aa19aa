/** Shapes on the map, nodes and links together. A browser draws more of them slowly, and nobody finds one among them. */
export const MAP_SHAPES_MAX = 500;
/** Findings that the page shows beside the first. Where more is wrong, the tables show where. */
export const FURTHER_FINDINGS_MAX = 50;
/** Pages that are kept up to date at a time. */
export const PAGES_AT_ONCE = 16;
/** Octets that may wait for a page that does not read before it is told nothing more. One event may be larger. */
export const UNREAD_MAX = 4_194_304;
/** Seconds between two questions to the nodes. */
export const EVERY_SECONDS_DEFAULT = 5;
/** The interval at which a page is told that the console lives, where nothing else is to be told. */
export const SIGN_OF_LIFE_MS = 10_000;
/** Random octets in the address of the console: other users of this machine do not find it. */
export const KEY_SIZE = 16;
