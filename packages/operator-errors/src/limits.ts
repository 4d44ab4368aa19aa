/** Problems of one file that are told; more are counted. */
export const PROBLEMS_TOLD_MAX = 100;
/** Code points of what an error says. */
export const ERROR_TEXT_LENGTH_MAX = 4_096;
