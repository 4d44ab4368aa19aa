/** The first label given to a mesh whose lock file is new: small, and told at a glance from the reserved ones. */
export const LABEL_FIRST = 100;
/** The UDP port of a link vertex when the file names none. */
export const PORT_DEFAULT = 4433;
/** The tag of a link when the file names none. */
export const TAG_DEFAULT = "0";
/** Entries that one list or map of a mesh file may have. */
export const ENTRIES_MAX = 100_000;
/** Letters of a name in a config or a certificate. */
export const NAME_LENGTH_MAX = 63;
