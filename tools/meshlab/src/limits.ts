/** How long a mesh may take to come up on a busy machine, and how much longer for each of its nodes. */
export const UP_MS_MAX = 60_000;
export const UP_MS_PER_NODE = 2_000;
/** Time between two looks at the admin sockets. A look is work for all processes, which are busy while they start. */
export const POLL_MS = 150;
/** How long processes may take to end by themselves before they are killed. */
export const END_MS_MAX = 3_000;
/** How long a process that was told to end may take: cluster-flor waits 5 s for streams that have not ended. */
export const KILL_MS_MAX = 20_000;
/** How long an admin socket may take to answer. */
export const STATUS_MS_MAX = 2_000;
/** How long another meshlab may take to carry out a request. */
export const CONTROL_MS_MAX = 60_000;
/** Bytes of a control request or answer. */
export const CONTROL_SIZE_MAX = 4_000_000;
/** Lines of a log that an error message quotes. */
export const LOG_LINES_QUOTED = 8;
/** Bytes of a log that are read, from its end. */
export const LOG_SIZE_READ = 1_000_000;
/** Bytes of output that `exec` keeps of each stream. */
export const OUTPUT_SIZE_MAX = 64_000_000;
/** Bytes of the folder's path in which labs are made when the usual folder would make socket paths too long. */
export const TEMP_DIR_SIZE_MAX = 32;
/** Nodes whose namespaces are set up, or whose status is read, at the same time. */
export const PARALLEL_MAX = 8;
/** How long another meshlab may take to take its lab down. */
export const DOWN_MS_MAX = 60_000;
/** Steps of a scenario. */
export const SCENARIO_STEPS_MAX = 10_000;
/** Ports for labs, below the ports that the kernel hands out to programs that ask for any (net.ipv4.ip_local_port_range). */
export const PORT_MIN = 10_000;
export const PORT_MAX = 32_767;
/** Ports that are tried until one is free. */
export const PORT_TRIES_MAX = 1_000;
/** Datagrams that a relay holds in one direction. */
export const RELAY_DATAGRAMS_MAX = 20_000;
/** How long a relay may take to start, and to carry out a command. */
export const RELAY_MS_MAX = 60_000;
/** How long processes may take after a fault until they answer. */
export const READY_MS_MAX = 60_000;
/** How soon the mesh has to be whole again after a scenario, once all processes answer. */
export const WHOLE_AGAIN_MS_MAX = 5_000;
/**
 * How long a mesh takes at most to be whole after a certificate was renewed: a link vertex that has refused a neighbour asks again after
 * some 10 s (docs/protocol/link-protocol.md).
 */
export const WHOLE_AFTER_RENEWAL_MS_MAX = 15_000;
