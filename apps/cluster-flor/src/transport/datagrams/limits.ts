/** Bounds of datagram services. Times are in milliseconds, sizes in bytes. */

/** The largest datagram that UDP over IPv4 has. */
export const DATAGRAM_SIZE_MAX = 65_507;
/** Flows of a tunnel, and of a service: each is a stream at either end, and a socket at the service's. */
export const FLOWS_MAX = 4_096;
/** Beside its bytes a datagram that waits is charged for so many, so that empty ones have a bound, too. */
export const DATAGRAM_COST = 64;

/** So much may wait to be sent: of one flow, and of all flows of a connection. */
export const QUEUED_MAX = 256;
export const QUEUED_BYTES_MAX: number = 256 * 1024;
export const QUEUED_BYTES_OF_ALL_MAX: number = 1024 * 1024;
/** A datagram that has waited for longer is of no use: whoever sent it has sent it again, or something newer. */
export const QUEUED_MS_MAX = 250;

/** Datagrams of a flow that wait for pieces, and for how long; and what all those of a connection may hold. */
export const UNFINISHED_MAX = 4;
export const UNFINISHED_MS_MAX = 1_000;
export const UNFINISHED_BYTES_MAX: number = 256 * 1024;

/** Datagrams of a connection that came before the stream of their flow: it is on its way. */
export const EARLY_MAX = 16;
export const EARLY_BYTES_MAX: number = 32 * 1024;
export const EARLY_MS_MAX = 1_000;

/** Datagrams of a flow that wait for its connection, or for the address of its target. */
export const WAITING_MAX = 16;
export const WAITING_BYTES_MAX: number = 64 * 1024;

/** A client whose flow was refused gets another one after so long at the earliest. */
export const REFUSED_PAUSE_MS = 1_000;
/** Datagrams that QUIC keeps for us between two turns of the event loop. */
export const ENGINE_RECEIVE_MAX = 1_024;
/** Datagrams that QUIC may keep of ours: no more than a packet has room for are given to it. */
export const ENGINE_SEND_MAX = 64;
/** Bytes that a UDP socket may keep of ours because the system does not take them. */
export const SOCKET_QUEUE_MAX: number = 256 * 1024;
