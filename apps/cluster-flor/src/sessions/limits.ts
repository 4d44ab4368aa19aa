/** The credit that each stream of a session begins with. A workload is near: it has more after one look of ours, and what nobody takes costs little. */
export const STREAM_WINDOW = 4_096;
/** Bytes for one workload that wait for it to read. With more, its streams are held back, and its datagrams dropped. */
export const WAITING_MAX = 4_194_304;
/** Processes that are being told that they may not speak, at one socket; more are hung up on. */
export const REFUSALS_MAX = 16;
/** Streams and flows that all workloads at sockets of sessions may have open: 64 MiB, by what each is charged. Principals share them, then their
 *  sockets, then the sessions of a socket. */
export const OPENED_MAX = 8_192;
/** A session with a workload that serves is kept for so long without streams, in milliseconds. */
export const IDLE_MS = 60_000;
/** Bytes of a packet that QUIC and a flow's own head take at most beside a datagram. */
export const DATAGRAM_OVERHEAD = 48;
/** How often routes and certificates are looked at while there are sessions, in milliseconds. */
export const ROUND_MS = 1_000;
