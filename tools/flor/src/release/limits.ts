/** Lives of a repository's files, and what its folder keeps. */

const DAY_MS = 86_400_000;

/** People sign the root, and everything that follows from it, once a year. */
export const ROOT_LIFE_MS: number = 400 * DAY_MS;
/** People sign the targets with each release, or at least each quarter. */
export const TARGETS_LIFE_MS: number = 90 * DAY_MS;
/** The online key signs snapshot and timestamp each day: a source that holds them back is found out within a week. */
export const ONLINE_LIFE_MS: number = 7 * DAY_MS;
/** `flor release refresh` and `publish` tell of what people have to sign within this time. */
export const NOTICE_MS: number = 30 * DAY_MS;
/** How long a node may go back to the release before, where nobody says otherwise. */
export const ROLLBACK_MS: number = 30 * DAY_MS;
/** Snapshots and targets of the last so many versions stay: a reader may be in the middle of one. */
export const VERSIONS_KEPT = 8;
/** Octets of a metadata file, and of the file that describes a repository. */
export const FILE_SIZE_MAX = 524_288;
