/** Bounds and times of a run. */

/** Devices of a run. */
export const DEVICES_MAX = 10_000;
/** Devices of one worker: each takes some twelve open files, and all of them wait for one thread. */
export const DEVICES_PER_WORKER = 50;
/** Megabytes of the heap of a worker. */
export const WORKER_HEAP_MB = 4_096;
/** Devices of a worker that are on their way at the same time: a hub lets in 32 at most that it does not know, and each for a minute. */
export const JOINING_MAX = 4;
/** Links that a device makes: as a phone, it has one. */
export const DEVICE_LINKS = 1;
/** A silent link of a device gives a sign of life so often. */
export const QUIET_SECONDS = 25;
/** Silence after which links of devices and of the rest are down: on a machine that others use a process may stand still for seconds. */
export const DEAD_AFTER_SECONDS = 5;
/** Devices for which there is one hub: an agent has 128 links at most, and those of a hub that dies need room at others. */
export const DEVICES_PER_HUB = 90;
/** Hubs of a fabric at the least: one of them dies. */
export const HUBS_MIN = 2;
/** Seeds that the record of seeds names at most. */
export const SEEDS_MAX = 32;
/** Links that an agent has at most. */
export const AGENT_LINKS_MAX = 128;
/** Devices of a process look at the machine together, so often. */
export const MACHINE_LOOK_MS = 10_000;
/** A worker looks at its devices so often. */
export const LOOK_MS = 250;
/** The command looks at workers and processes so often. */
export const POLL_MS = 1_000;
/** Time for all devices to come up, and for each of them beside that. */
export const UP_MS_MAX = 180_000;
export const UP_MS_PER_DEVICE = 5_000;
/** Time for all devices to be back. */
export const BACK_MS_MAX = 300_000;
/** Answers that were on their way when a coordinator died come within so long. */
export const STALE_ANSWERS_MS = 500;
/** Between the last device that has come up and the measurement: rates settle. */
export const SETTLE_MS = 20_000;
/** A device of which a hub has died misses its sign of life so late: no sooner is it known which devices have lost something. */
export const LOST_MS: number = 1_000 * (QUIET_SECONDS + 2 * DEAD_AFTER_SECONDS);
/** Minutes of a measurement. */
export const MINUTES_MAX = 24 * 60;
/** Time for a worker to answer, or to end. */
export const WORKER_MS_MAX = 120_000;
