// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  ACK_RANGES_MAX,
  CANARIES_MAX,
  CONNECTION_IDS_MAX,
  GAPS_MAX,
  HIDDEN_MAX,
  HIDDEN_MIN,
  HIDDEN_OF_PROCESS_MAX,
  HIDDEN_PER_DELIVERED,
  HIDDEN_STREAM_COST,
  INITIAL_DATAGRAM_MIN,
  PACKETS_PER_CANARY_MAX,
  PACKETS_PER_CANARY_MIN,
  PATH_CHALLENGES_MAX,
  PATH_CHALLENGES_PER_SECOND,
  PIECE_COST,
  SMALL_PIECE,
  STATELESS_RESET_MIN,
  TICKET_BYTES_MAX,
  TICKET_FRAMES_MAX,
  UNACKNOWLEDGED_MAX,
  UNREAD_PIECES_MAX,
} from "./generated/limits.ts";

/** Code points of a peer's reason for closing. */
export const CLOSE_REASON_LENGTH_MAX = 200;

/** Bytes of a connection ID of QUIC version 1, at most (RFC 9000, 17.2). */
export const CONNECTION_ID_MAX = 20;

/** Bounds on what a peer may make an engine keep and do. Sizes are in bytes. No honest peer meets a limit here: the reasons say
 *  why. */

/** So many packets are made for one at most: what the engine owes the peer (acknowledgements, credit, answers) is in the first, which are sent. */
export const CANARY_TRIES_MAX = 8;
