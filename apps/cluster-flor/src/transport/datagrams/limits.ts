// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  DATAGRAM_COST,
  DATAGRAM_SIZE_MAX,
  EARLY_BYTES_MAX,
  EARLY_MAX,
  EARLY_MS_MAX,
  FLOWS_MAX,
  QUEUED_BYTES_MAX,
  QUEUED_BYTES_OF_ALL_MAX,
  QUEUED_MAX,
  QUEUED_MS_MAX,
  REFUSED_PAUSE_MS,
  UNFINISHED_BYTES_MAX,
  UNFINISHED_MAX,
  UNFINISHED_MS_MAX,
  WAITING_BYTES_MAX,
  WAITING_MAX,
} from "./generated/limits.ts";

/** Bounds of datagram services. Times are in milliseconds, sizes in bytes. */

/** Datagrams that QUIC keeps for us between two turns of the event loop. */
export const ENGINE_RECEIVE_MAX = 1_024;
/** Datagrams of ours that QUIC may keep: it gets no more than fit into a packet. */
export const ENGINE_SEND_MAX = 64;
/** Bytes that a UDP socket may keep while the system does not accept them. */
export const SOCKET_QUEUE_MAX: number = 256 * 1024;
