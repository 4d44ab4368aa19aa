/** Octets of the header of an age file: 16 recipients of the longest kind need less. */
export const AGE_HEADER_SIZE_MAX = 65_536;
/** Octets of the name that a note keeps: a name of a file has no more. */
export const NOTED_NAME_SIZE_MAX = 255;
