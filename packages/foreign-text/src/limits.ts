/** Combining marks on one character that are shown as they are. Scripts need up to six; many more cover the lines above. */
export const MARKS_MAX = 8;
