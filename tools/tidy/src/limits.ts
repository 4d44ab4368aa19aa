/** Lines of a file that a reader reads at a sitting. About 300 are a hint to look for a second story. */
export const FILE_LINES_MAX = 400;
/** Lines of a function that fits into a reader's head. */
export const FUNCTION_LINES_MAX = 100;

/** Bytes of the page that everybody reads first, in a quarter of an hour. */
export const ARCHITECTURE_SIZE_MAX = 12_288;
