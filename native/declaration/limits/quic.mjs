/** Bounds on what a peer may make an engine of QUIC keep and do, and what QUIC fixes. Sizes are in bytes. No honest peer meets a limit here: the
 *  reasons say why. */

const KB = 1_024;
const MB = 1_024 * KB;

export default [
  {
    typescript: "packages/quic/src",
    rust: "engine",
    limits: {
      PIECE_COST: {
        u64: 200,
        doc: "Cost of each piece of a stream beside its bytes, until it is read: an entry of a tree and two allocations in quiche, which was seen to take 150 to 200 bytes for a frame of one.",
      },
      SMALL_PIECE: {
        u64: 512,
        doc: "A frame that brings less than this counts with `PIECE_COST`. Larger ones cost at most two fifths more than their bytes.",
      },
      UNREAD_PIECES_MAX: {
        u64: 32 * MB,
        doc: "Cost of small pieces in order, which wait for nothing but the application, up to which a connection's do not count as hidden. A workload that does not read has its peer fill a window of 256 KB: with messages of 10 bytes these are 26,000 pieces, which cost 5 MB. So six such streams of a connection may stand still with nothing read before. More of them do not fit into memory that must have an end: a byte costs 20 there, and a connection has up to 16,384 streams. Towards `HIDDEN_OF_PROCESS_MAX` they all count.",
      },
      HIDDEN_STREAM_COST: {
        u64: 3_072,
        doc: "Cost of a stream that the peer has begun in a way that the application cannot see: without its first byte.",
      },
      HIDDEN_MIN: {
        u64: 8 * MB,
        doc: "Bytes that a connection may hide from its application before it has delivered anything: bytes beyond gaps, small pieces, streams without a first byte. 16,384 new streams of which one in twenty lost its first packet have 6 MB.",
      },
      HIDDEN_PER_DELIVERED: {
        u64: 4,
        doc: "Bytes that a connection may hide in addition for each byte that it delivered. A gap lasts a round trip, or a few when what fills it is lost again; what comes meanwhile is at most a few congestion windows, and a window grows only by what was delivered before.",
      },
      HIDDEN_MAX: {
        u64: 96 * MB,
        doc: "The most of that: a path of 1 Gbit/s and 200 ms that lost one packet four times in a row.",
      },
      GAPS_MAX: {
        usize: 4_096,
        doc: "Gaps in one stream at a time. 8 MB in packets of 1,200 bytes have 3,500 when every other packet is lost, and 350 when one in twenty is. Each makes it dearer to find the place of the next piece: with so many it takes 2 µs, and with ten times as many 20.",
      },
      HIDDEN_OF_PROCESS_MAX: {
        u64: 256 * MB,
        doc: "Bytes that all connections of the process may hide together. Beyond it the owner that hides most loses a connection.",
      },
      TICKET_BYTES_MAX: {
        u64: 64 * KB,
        doc: "Bytes of CRYPTO frames after the handshake, in the life of a connection: two session tickets hold a certificate chain of 16 KB each.",
      },
      TICKET_FRAMES_MAX: { u32: 128, doc: "CRYPTO frames after the handshake, in the life of a connection." },
      CONNECTION_IDS_MAX: {
        u32: 128,
        doc: "NEW_CONNECTION_ID frames in the life of a connection. We keep at most two; who rotates its own ID daily lasts for months.",
      },
      PATH_CHALLENGES_MAX: {
        u32: 256,
        doc: "PATH_CHALLENGE frames at once: who validates our address, challenges a few times for each move.",
      },
      PATH_CHALLENGES_PER_SECOND: { u32: 4, doc: "PATH_CHALLENGE frames in a second." },
      ACK_RANGES_MAX: { usize: 1_024, doc: "Ranges in an ACK frame. Implementations report 32 to 256." },
      UNACKNOWLEDGED_MAX: {
        u64: 512 * KB,
        doc: "Packets of ours, each of which costs some 300 bytes, that are not yet acknowledged: 600 MB under way in packets of 1,200 bytes.",
      },
      PACKETS_PER_CANARY_MIN: {
        u64: 512,
        doc: "How many packets leave between two numbers that are left out, at least. Each is a loss of 96 bytes.",
      },
      PACKETS_PER_CANARY_MAX: { u64: 1_536, doc: "How many packets leave between two such numbers, at most." },
      CANARIES_MAX: {
        usize: 16,
        doc: "So many canaries are remembered: who lies about one, does so within a round trip.",
      },
    },
  },
  {
    typescript: "packages/quic/src",
    rust: "link",
    limits: {
      INITIAL_DATAGRAM_MIN: {
        u16: 1_200,
        rust: "PAYLOAD_MIN",
        doc: "Smallest UDP payload with a client's first packet in it; every path of QUIC carries as much (RFC 9000, 14.1).",
      },
      STATELESS_RESET_MIN: {
        usize: 21,
        doc: "Smallest packet that a receiver takes for a stateless reset (RFC 9000, 10.3).",
      },
    },
  },
];
