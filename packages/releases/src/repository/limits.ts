/** Bounds of a repository's metadata, whoever serves it: what is beyond them is refused before it is understood. */

/** Octets of a root: 32 keys and signatures take 8 KiB. */
export const ROOT_SIZE_MAX = 65_536;
/** Octets of a timestamp, which names one file. */
export const TIMESTAMP_SIZE_MAX = 16_384;
/** Octets of a snapshot, which names one file, too, as nothing is delegated. */
export const SNAPSHOT_SIZE_MAX = 16_384;
/** Octets of the targets: some 200 for each. */
export const TARGETS_SIZE_MAX = 524_288;
/** Targets of a repository: 16 releases of 64 packages. The library copies all of them for each of them, and again for each signature. */
export const TARGETS_MAX = 1_024;
/** Octets of a target, which is one Debian package. */
export const TARGET_LENGTH_MAX = 1_073_741_824;
/** Keys of a root, and signatures of a file. */
export const KEYS_MAX = 32;
/** Files that a snapshot may name. */
export const META_FILES_MAX = 8;
/** How deep the JSON of a file may nest: what is ours has five levels. */
export const DEPTH_MAX = 16;
/** Commas outside of strings: a target has three. */
export const COMMAS_MAX = 8_192;
/** Roots that one refresh takes. A chain that is longer is gone on with by the next one. */
export const NEW_ROOTS_MAX = 256;
/** Roots that a reader keeps: with one each day, three years. */
export const ROOTS_MAX = 1_024;
/** A refresh has to be over within this time: five small files, unless there are new roots. */
export const REFRESH_MS_MAX = 120_000;
/** How long a download is watched before it counts as too slow. */
export const RATE_WINDOW_MS = 10_000;
/** Octets a second that a source has to deliver at least: a package of 50 MB takes half a day then. */
export const MINIMUM_RATE = 1_000;
