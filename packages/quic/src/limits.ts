/** Code points of a peer's reason for closing. */
export const CLOSE_REASON_LENGTH_MAX = 200;

/** Bytes of a connection ID of QUIC version 1, at most (RFC 9000, 17.2). */
export const CONNECTION_ID_MAX = 20;

/** Smallest UDP payload with a client's first packet in it; every path of QUIC carries as much (RFC 9000, 14.1). */
export const INITIAL_DATAGRAM_MIN = 1_200;

/** Smallest packet that a receiver takes for a stateless reset (RFC 9000, 10.3). */
export const STATELESS_RESET_MIN = 21;

/** Bounds on what a peer may make an engine keep and do. Sizes are in bytes. No honest peer meets a limit here: the reasons say
 *  why. */

/**
 * Cost of each piece of a stream beside its bytes, until it is read: an entry of a tree and two allocations in quiche, which
 * was seen to take 150 to 200 bytes for a frame of one.
 */
export const PIECE_COST = 200;

/** A frame that brings less than this counts with `PIECE_COST`. Larger ones cost at most two fifths more than their bytes. */
export const SMALL_PIECE = 512;

/**
 * Cost of small pieces in order, which wait for nothing but the application, up to which a connection's do not count as hidden.
 * A workload that does not read has its peer fill a window of 256 KB: with messages of 10 bytes these are 26,000 pieces, which
 * cost 5 MB. So six such streams of a connection may stand still with nothing read before. More of them do not fit into memory
 * that must have an end: a byte costs 20 there, and a connection has up to 16,384 streams. Towards `HIDDEN_OF_PROCESS_MAX` they
 * all count.
 */
export const UNREAD_PIECES_MAX: number = 32 * 1024 * 1024;

/** Cost of a stream that the peer has begun in a way that the application cannot see: without its first byte. */
export const HIDDEN_STREAM_COST = 3_072;

/**
 * Bytes that a connection may hide from its application before it has delivered anything: bytes beyond gaps, small pieces,
 * streams without a first byte. 16,384 new streams of which one in twenty lost its first packet have 6 MB.
 */
export const HIDDEN_MIN: number = 8 * 1024 * 1024;

/**
 * And how much more for each byte that it delivered. A gap lasts a round trip, or a few when what fills it is lost again; what
 * comes meanwhile is at most a few congestion windows, and a window grows only by what was delivered before.
 */
export const HIDDEN_PER_DELIVERED = 4;

/** And at most: a path of 1 Gbit/s and 200 ms that lost one packet four times in a row. */
export const HIDDEN_MAX: number = 96 * 1024 * 1024;

/**
 * Gaps in one stream at a time. 8 MB in packets of 1,200 bytes have 3,500 when every other packet is lost, and 350 when one in twenty is.
 * Each makes it dearer to find the place of the next piece: with so many it takes 2 µs, and with ten times as many 20.
 */
export const GAPS_MAX = 4_096;

/** Bytes that all connections of the process may hide together. Beyond it the owner that hides most loses a connection. */
export const HIDDEN_OF_PROCESS_MAX: number = 256 * 1024 * 1024;

/** CRYPTO frames after the handshake, in the life of a connection: two session tickets hold a certificate chain of 16 KB each. */
export const TICKET_BYTES_MAX: number = 64 * 1024;
export const TICKET_FRAMES_MAX = 128;

/** NEW_CONNECTION_ID frames in the life of a connection. We keep at most two; who rotates its own ID daily lasts for months. */
export const CONNECTION_IDS_MAX = 128;

/** PATH_CHALLENGE frames at once, and in a second: who validates our address, challenges a few times for each move. */
export const PATH_CHALLENGES_MAX = 256;
export const PATH_CHALLENGES_PER_SECOND = 4;

/** Ranges in an ACK frame. Implementations report 32 to 256. */
export const ACK_RANGES_MAX = 1_024;

/** Packets of ours, each of which costs some 300 bytes, that are not yet acknowledged: 600 MB under way in packets of 1,200 bytes. */
export const UNACKNOWLEDGED_MAX: number = 512 * 1024;

/** How many packets leave between two numbers that are left out: at least, and at most. Each is a loss of 96 bytes. */
export const PACKETS_PER_CANARY_MIN = 512;
export const PACKETS_PER_CANARY_MAX = 1_536;
/** So many packets are made for one at most: what the engine owes the peer (acknowledgements, credit, answers) is in the first, which are sent. */
export const CANARY_TRIES_MAX = 8;
/** So many canaries are remembered: who lies about one, does so within a round trip. */
export const CANARIES_MAX = 16;
