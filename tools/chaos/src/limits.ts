/** Entries of each kind that are kept of a workload. */
export const LEDGER_ENTRIES_MAX = 1_000;
/**
 * How long the mesh may take, once the last fault has been mended, until all links are up and all pulses move. On a quiet machine it takes
 * one to three seconds; a busy machine has other programs to run.
 */
export const RECOVERY_MS_MAX = 60_000;
/** The time for that where agents lease routes: more than twice as many processes are at work, and start anew. */
export const FABRIC_RECOVERY_MS_MAX = 180_000;
/**
 * How late a datagram may come: 250 ms in the queue of its flow (docs/protocol/transport.md), 250 ms in the queue of each link
 * (docs/protocol/link-protocol.md), 2 s in the TCP connection of a link until silence ends the link, and the time that processes wait for
 * a processor.
 */
export const LATE_MS_MAX = 5_000;
/** Datagrams above this age are counted: a flow's queue holds none for longer (docs/protocol/transport.md). */
export const LATE_MS = 250;
/**
 * How long a connection may stand still though no fault is on its path. On a quiet machine it does for some milliseconds. On a busy machine,
 * processes that start keep others waiting.
 */
export const PAUSE_MS_MAX = 10_000;
/** Time between the end of all workloads and the last look at memory: a fault may show in memory for this long. */
export const SETTLE_MS = 6_000;
/** Growth of a process since the mesh first stood idle. */
export const GROWTH_MEGABYTES_MAX = 150;
export const GROWTH_FDS_MAX = 16;
export const GROWTH_THREADS_MAX = 8;
/** How long one command of a workload may take. A workload waits up to a minute for its path. */
export const COMMAND_MS_MAX = 90_000;
/** How long a server may take to listen. */
export const SERVER_MS_MAX = 30_000;
/** How long workloads may take to end. */
export const FINISH_MS_MAX = 45_000;
/** How long agents may take until all routes are leased. */
export const ROUTES_MS_MAX = 240_000;
/** How long `flor mesh apply` may take. */
export const APPLY_MS_MAX = 120_000;
/** Shorter runs have no workload that takes long until its first result, and no mixed load. */
export const LONG_MINUTES_MIN = 1;
