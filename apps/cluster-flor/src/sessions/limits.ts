/** The initial credit of each stream of a session. A workload on the same machine soon gets more, and unread bytes cost little. */
export const STREAM_WINDOW = 4_096;
/** Bytes that wait for one workload to read. With more, its streams are held back, and its datagrams dropped. */
export const WAITING_MAX = 4_194_304;
/** The number of refused processes at one socket that are told why; the sockets of further ones are just closed. */
export const REFUSALS_MAX = 16;
/**
 * Streams and flows that all workloads at sockets of sessions may have open: 64 MiB, by the charge of each. Principals
 * share them, then their sockets, then the sessions of a socket.
 */
export const OPENED_MAX = 8_192;
/** How long a session with a serving workload is kept without streams, in milliseconds. */
export const IDLE_MS = 60_000;
/** The most bytes of a packet that QUIC and the head of a flow's datagram use. */
export const DATAGRAM_OVERHEAD = 48;
/** How often routes and certificates are checked while there are sessions, in milliseconds. */
export const ROUND_MS = 1_000;
