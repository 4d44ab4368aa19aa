/** Octets of the header of an age file: 16 recipients of the longest kind need less. */
export const AGE_HEADER_SIZE_MAX = 65_536;
/** Octets of a file of age identities. */
export const IDENTITY_FILE_SIZE_MAX = 65_536;
/** Octets of the name that a note keeps: a name of a file has no more. */
export const NOTED_NAME_SIZE_MAX = 255;
/** Octets of a manifest: of 262,144 objects with long names. */
export const MANIFEST_SIZE_MAX = 134_217_728;
/** Lines of each kind of what a check has found. */
export const FOUND_TOLD_MAX = 20;
