/** Octets of a file of age identities. */
export const IDENTITY_FILE_SIZE_MAX = 65_536;
/** Octets of a manifest: of 262,144 objects with long names. */
export const MANIFEST_SIZE_MAX = 134_217_728;
/** Lines of each kind of what a check has found. */
export const FOUND_TOLD_MAX = 20;
