/** Characters of a name: short enough for a DNS label and for a file name. */
export const NAME_LENGTH_MAX = 63;
/** Combining marks on one character that are shown as they are. Scripts need up to six; many more cover the lines above. */
export const MARKS_MAX = 8;
/** Problems of one file that are told; more are counted. */
export const PROBLEMS_TOLD_MAX = 100;
/** Code points of what an error says. */
export const ERROR_TEXT_LENGTH_MAX = 4_096;
