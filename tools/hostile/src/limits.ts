/** How long a mesh that was attacked is watched afterwards before its memory is read. */
export const AFTER_MS = 15_000;
export const AFTER_MS_QUICK = 4_000;
/** How long the twin is measured. */
export const TWIN_MS = 10_000;
export const TWIN_MS_QUICK = 4_000;
/** An attacker's program that takes longer than this is killed. */
export const ATTACKER_MS_MAX = 180_000;
/** Processes that have just started still grow. */
export const SETTLE_MS = 2_000;
/** How often an honest client begins a request. */
export const HONEST_EVERY_MS = 20;
/** In short forms requests only have to succeed, and each of them is work for six processes. */
export const HONEST_EVERY_MS_QUICK = 250;
/** Honest requests work when so many have succeeded as begin in this time. */
export const HONEST_FIRST_MS = 1_000;
/** A process that does not say its status for so long hangs. */
export const STATUS_MS_MAX = 5_000;
/** MB that both processes of the victim together may have gained some time after an attack. */
export const MEMORY_MB_MAX = 64;
/** MB that both processes may gain when a seed of the fuzzer is played again: 0 to 4 were seen. */
export const FUZZ_REPEAT_MB_MAX = 16;
