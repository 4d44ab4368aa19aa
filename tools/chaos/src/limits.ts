/** Entries of each kind that are kept of a workload: whoever has so many has a finding. */
export const LEDGER_ENTRIES_MAX = 1_000;
/**
 * How long the mesh may take after the last fault has been mended until all links are up and all pulses move. On a quiet machine it takes one to
 * three seconds; other people's programs share a busy one.
 */
export const RECOVERY_MS_MAX = 60_000;
/**
 * How late a datagram may come: 250 ms in the queue of its flow and 250 ms in that of each link (docs/protocol/transport.md, docs/protocol/link-protocol.md), what TCP holds of a link
 * until silence ends it (2 s), and the time that processes wait for a processor.
 */
export const LATE_MS_MAX = 5_000;
/** Datagrams above this age are counted: what docs/protocol/transport.md says of a flow's queue. */
export const LATE_MS = 250;
/**
 * How long a connection may stand still though nothing on its path is struck. On a quiet machine it does for some milliseconds; processes that start on a busy one
 * keep others waiting.
 */
export const PAUSE_MS_MAX = 10_000;
/** How long a fault's effect on a process's memory may be seen after it: the time between the end of all workloads and the last look. */
export const SETTLE_MS = 6_000;
/** Growth of a process beyond what it had when the mesh stood idle at first. */
export const GROWTH_MEGABYTES_MAX = 150;
export const GROWTH_FDS_MAX = 16;
export const GROWTH_THREADS_MAX = 8;
/** How long one command of a workload may take. A workload waits up to a minute for its path. */
export const COMMAND_MS_MAX = 90_000;
/** How long a server may take to listen. */
export const SERVER_MS_MAX = 30_000;
/** How long workloads may take to end when they are told to. */
export const FINISH_MS_MAX = 45_000;
/** How long `flor mesh apply` may take. */
export const APPLY_MS_MAX = 120_000;
