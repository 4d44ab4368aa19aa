/** Problems shown at once; more are counted. */
export const PROBLEMS_SHOWN_MAX = 50;
/** Code points of what an error says. */
export const ERROR_TEXT_LENGTH_MAX = 4_096;
