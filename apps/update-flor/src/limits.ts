/** Bounds of what a spool, a status or a program of the system may make update-flor read and keep. */

/** Packages of a release, or installed ones of ours: a release has seven. */
export const PACKAGES_MAX = 64;
/** Units of a node that are restarted: a few for each cluster. */
export const UNITS_MAX = 1_024;
/** Links, or faults, of a process that are compared. */
export const LINKS_MAX = 4_096;
/** Characters of a text that is told. */
export const TEXT_MAX = 1_000;
/** Versions that are not tried again. The oldest are forgotten. */
export const FAILED_MAX = 16;
/** Octets of the order. */
export const ORDER_SIZE_MAX = 4_096;
/** Octets of the release's record as text. */
export const RECORD_SIZE_MAX = 65_536;
/** Records of one channel: the release, and before it those that people have signed, on which programs build. */
export const RECORDS_MAX = 8;
/** Octets of all root descriptors as text: each has at most 65,536, and most have some two thousand. */
export const ROOTS_SIZE_MAX = 16_777_216;
/** Octets of a package. */
export const PACKAGE_SIZE_MAX = 536_870_912;
/** Octets of a file of the state that update-flor has written itself. */
export const STATE_SIZE_MAX = 16_777_216;
/** Octets that a program of the system may print. */
export const OUTPUT_SIZE_MAX = 1_048_576;
/** A program that only tells something has to end in this time. */
export const ANSWER_MS_MAX = 60_000;
/** dpkg has to end in this time, and so has the restart of all units, each of which may take 90 s. */
export const INSTALL_MS_MAX = 900_000;
/** Scripts that a former try has left half-way have so long to come to their end before the former packages are put in their place. */
export const CONFIGURE_MS_MAX = 180_000;
/** Admin sockets that are asked. */
export const SOCKETS_MAX = 256;
/** Room on a disk that is left to others, in octets. */
export const DISK_LEFT_MIN = 33_554_432;
/** The package that every node has, whose version is that of the release. */
export const NODE_PACKAGE = "florenetes-node";
/** Octets of an order of people as text. */
export const PEOPLE_SIZE_MAX = 32_768;
