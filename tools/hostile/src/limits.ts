/** How long a mesh that was attacked is watched afterwards before its memory is read. */
export const AFTER_MS = 15_000;
export const AFTER_MS_QUICK = 4_000;
/** The twin, and what is measured before an attack. */
export const TWIN_MS = 10_000;
export const TWIN_MS_QUICK = 4_000;
/** An attacker's program that takes longer than this is killed. */
export const ATTACKER_MS_MAX = 180_000;
/** Processes that have just started still grow. */
export const SETTLE_MS = 2_000;
/** A process that does not say its status for so long hangs. */
export const STATUS_MS_MAX = 5_000;
/** MB that both processes of the victim together may have gained some time after an attack. */
export const MEMORY_MB_MAX = 64;
