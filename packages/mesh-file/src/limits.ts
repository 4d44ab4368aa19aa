import { LABEL_MAX, LABEL_MIN } from "@florenetes/forwarding";

/** The number of labels that can be assigned. */
export const LABEL_RANGE: number = LABEL_MAX - LABEL_MIN + 1;
/** Labels of removed things that a lock file keeps. */
export const REMOVED_MAX = 100_000;
/** The UDP port of a link vertex when the file names none. */
export const PORT_DEFAULT = 4433;
/** The tag of a link when the file names none. */
export const TAG_DEFAULT = "0";
/** The partition of a coordinator when the file names none. */
export const PARTITION_DEFAULT = "default";
/** Links that an agent may open at the most: those of an overlay. */
export const LINKS_MAX = 1_024;
/** Points of cost that a node may ask for: those of a rank of records. */
export const PRICE_MAX = 65_535;
/** Entries that one list or map of a mesh file may have. */
export const ENTRIES_MAX = 100_000;
/** The portal of link-flor. */
export const PORTAL_DEFAULT = "quic";
/** Names that no other portal may have: with `flor` its file would have the name of link-flor's. */
export const PORTALS_TAKEN: readonly string[] = [PORTAL_DEFAULT, "flor"];
