/** Lines of a file that one reads at a sitting. About 300 are a hint to look for a second story. */
export const FILE_LINES_MAX = 400;
/** Lines of a function that fits into one's head. */
export const FUNCTION_LINES_MAX = 100;

/** Bytes of the page that everybody reads first: a quarter of an hour. */
export const ARCHITECTURE_SIZE_MAX = 12_288;
