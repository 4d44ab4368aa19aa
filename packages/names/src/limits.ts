/** Characters of a name: short enough for a DNS label and for a file name. */
export const NAME_LENGTH_MAX = 63;
