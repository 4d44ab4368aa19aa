/** Octets of the site of the documents, which is held in memory while it is shown: twenty times what it has. */
export const SITE_SIZE_MAX = 67_108_864;
/** Connections of browsers at a time. One more ends the oldest: a browser makes six, and makes them anew. */
export const BROWSERS_AT_ONCE = 64;
/** Octets of the headers of a request. */
export const REQUEST_SIZE_MAX = 16_384;
/** For how long a browser may take for its request. */
export const REQUEST_MS_MAX = 10_000;
/** For how long a connection may be still. */
export const STILL_MS_MAX = 30_000;
