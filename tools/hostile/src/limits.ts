/** How long a mesh that was attacked is watched afterwards before its memory is read. */
export const AFTER_MS = 15_000;
export const AFTER_MS_QUICK = 4_000;
/** How long the twin is measured. */
export const TWIN_MS = 10_000;
export const TWIN_MS_QUICK = 4_000;
/** An attacker's program that takes longer than this is killed. */
export const ATTACKER_MS_MAX = 180_000;
/** How long processes that have just started may still grow. */
export const SETTLE_MS = 2_000;
/** How often an honest client begins a request. */
export const HONEST_EVERY_MS = 20;
/** How often an honest client begins a request in short forms, in which requests only have to succeed: each is work for six processes. */
export const HONEST_EVERY_MS_QUICK = 250;
/** How often a client that downloads begins, and how many bytes it wants each time: half of a megabyte a second, so that it is no load itself. */
export const DOWNLOAD_EVERY_MS = 500;
export const DOWNLOAD_SIZE = 262_144;
/** A time: honest requests work when as many have succeeded as begin in it. */
export const HONEST_FIRST_MS = 1_000;
/** The most that honest requests take to work first: where routes are leased, beacons come each 30 s. */
export const HONEST_WITHIN_MS = 60_000;
export const LEASED_WITHIN_MS = 180_000;
/** The time without a status after which a process counts as hanging. */
export const STATUS_MS_MAX = 5_000;
/** MB that both processes of the victim together may have gained some time after an attack. */
export const MEMORY_MB_MAX = 64;
/** MB that both processes may gain when a seed of the fuzzer is played again: 0 to 4 were seen. */
export const FUZZ_REPEAT_MB_MAX = 16;
