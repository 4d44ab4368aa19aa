/** Labels, FlorIO and links: what the protocols fix, and bounds and times of both vertices. Sizes are in bytes. */

const KB = 1_024;
const MB = 1_024 * KB;
const FRAME_SIZE_MAX = 65_000;
const FRAME_HEADER_SIZE = 8;
const PACKET_LENGTH_SIZE = 2;
const QUEUE_PACKETS_MAX = 512;
const QUEUE_BYTES_MAX = 2 * MB;
const QUEUE_DELAY_MAX_MS = 250;

/** The mesh packet (docs/protocol/mesh-packet.md), and what forwards by its labels. */
const labels = [
  {
    typescript: "packages/forwarding/src/labels",
    rust: "wire",
    limits: {
      VERSION: { u8: 1, doc: "The version of the mesh packet that is known here." },
      LABEL_MIN: { u32: 16, doc: "Labels below this have a meaning of their own and cannot be given to anything." },
      LABEL_MAX: { u32: 0xf_ffff, doc: "A label has 20 bits." },
      LABEL_COUNT_MAX: { usize: 16, doc: "Labels in one header." },
      HOP_LIMIT_DEFAULT: {
        u8: 32,
        doc: "The hop limit that an origin writes, and the highest that a vertex believes of a packet that comes in.",
      },
      FIXED_SIZE: { usize: 12, doc: "Bytes of a header before its labels." },
      WORD_SIZE: { usize: 4, doc: "Bytes of one label's word." },
      TABLE_ENTRIES_MAX: {
        usize: 4_194_304,
        doc: "Entries that one vertex's label table takes, a cross-connect counting as two.",
      },
      SHARE_MAX: { u32: 0xfff, doc: "A share has 12 bits, and 0 stands for none." },
      SHARES_PER_PAIR_MAX: {
        usize: 64,
        doc: "Shares that permits may open one pair of links for: a packet's share is searched for among them.",
      },
      SHARE_PERMITS_MAX: {
        usize: 8_192,
        doc: "Permits for shares that one label table takes, each direction by itself: twice as many as the control agent may order.",
      },
      PERMIT_BURST_MS: {
        ms: 250,
        doc: "How much of a permit's rate may come at once: what so many milliseconds bring.",
      },
      PERMIT_BURST_BITS_MIN: {
        u64: 8 * 16_384,
        doc: "What may come at once however low a permit's rate is: one packet of the largest size.",
      },
    },
  },
  {
    typescript: "apps/cluster-flor/src/forwarding",
    rust: "wire",
    limits: {
      LOOPBACK_BYTES_MAX: {
        usize: 8 * MB,
        doc: "Bytes that may wait from one turn to the next for services on the same node: more than a turn of the transport makes, and little enough to be read before it is late.",
      },
      SHARES_PER_LINK_MAX: {
        usize: 64,
        doc: "Shares of which the vertex's own packets over a link are counted, beside those of none: a packet's share is searched for among them.",
      },
      GUESSES: {
        u64: 1_024,
        doc: "Labels that mean nothing here: so many different ones may come over a link at once. Enough for the labels that an old config still uses; too few to find one of 2^20 by trying.",
      },
      GUESSES_PER_SECOND: {
        u64: 8,
        doc: "Labels that mean nothing here and may come over a link in a second in the long run.",
      },
      GUESS_BUCKETS: {
        usize: 4_096,
        doc: "Places for the vertices behind the neighbours, on each level: vertices that share a place by chance share its guesses.",
      },
    },
  },
  {
    typescript: "packages/forwarding/src/transit",
    rust: "wire",
    limits: {
      PASSED_PACKETS: {
        usize: 1 << 18,
        doc: "Packets that are remembered so that circling packets are seen, a power of two: a megabyte, or the last second of 250,000 in a second.",
      },
      TRANSIT_PAIRS_MAX: {
        usize: 65_536,
        doc: "Pairs of links, each direction by itself, that all tables of a portal have named together: their limits and counts stay.",
      },
      TRANSIT_ROWS_PER_LOOK: {
        usize: 65_536,
        doc: "Counts that one look for changed counts goes through.",
      },
    },
  },
  {
    typescript: "packages/portal-api/src",
    rust: "wire",
    limits: {
      LINKS_MAX: {
        u32: 4_096,
        rust: "TRANSIT_LINKS_MAX",
        doc: "Links of one portal: so many may all of its label tables name together.",
      },
      TRANSIT_ROWS_PER_REPORT: { usize: 256, doc: "Rows of counts in one report." },
    },
  },
];

/** FlorIO (docs/protocol/florio.md). */
const florio = {
  typescript: "packages/florio/src",
  rust: "florio",
  limits: {
    FRAME_VERSION: { u8: 1, doc: "The first octet of every frame; another value is another protocol." },
    FRAME_HEADER_SIZE: { usize: FRAME_HEADER_SIZE, doc: "Version, type, flags and link handle." },
    PACKET_LENGTH_SIZE: { usize: PACKET_LENGTH_SIZE, doc: "The length field before each packet of a DATA frame." },
    FRAME_SIZE_MAX: {
      usize: FRAME_SIZE_MAX,
      doc: "A datagram of the local socket, headers included. Receivers may cut what is longer than 65,536 without saying so.",
    },
    PACKET_SIZE_MAX: {
      usize: FRAME_SIZE_MAX - FRAME_HEADER_SIZE - PACKET_LENGTH_SIZE,
      doc: "The largest packet that fits into a DATA frame of its own.",
    },
    MESSAGE_SIZE_MAX: {
      usize: FRAME_SIZE_MAX - FRAME_HEADER_SIZE,
      doc: "The largest Portal API message that fits into a CONTROL frame.",
    },
    SOCKET_PATH_BYTES_MAX: { usize: 107, doc: "`sun_path` holds 108 bytes with the closing zero." },
    QUEUE_FRAMES_MAX: {
      usize: 64,
      doc: "DATA frames that wait for the socket: a partner that stalls for longer loses packets instead of delaying them.",
    },
    QUEUE_BYTES_MAX: { usize: 1 * MB, doc: "Bytes that DATA frames which wait for the socket may hold together." },
    QUEUE_CONTROL_MAX: { usize: 64, doc: "CONTROL frames that wait for the socket, ahead of all data." },
    CONNECT_INTERVAL_MS: { ms: 100, doc: "The pause between two attempts to connect." },
    LOOK_INTERVAL_MS: {
      ms: 100,
      doc: "How often a port that is connected looks whether its partner still is, where nobody will tell it.",
    },
    OWN_PATH_CHECK_ATTEMPTS: {
      u32: 10,
      doc: "While it waits for its partner, a port looks after so many attempts whether its own socket file is still there.",
    },
  },
};

/** A link's packets and sessions (docs/protocol/link-protocol.md). */
const links = [
  {
    typescript: "apps/link-flor/src/quic-link",
    rust: "wire",
    limits: {
      LINK_MTU: {
        usize: 16_384,
        doc: "Largest packet of a cluster vertex: what every link carries, in pieces where its datagrams are smaller.",
      },
      JOIN_SLOTS_MAX: { usize: 4, doc: "Incomplete packets of one link." },
      JOIN_TIMEOUT_MS: {
        ms: 1_000,
        doc: "An incomplete packet is given up after this long, or when a packet begins that is `JOIN_NUMBERS_MAX` younger.",
      },
      JOIN_NUMBERS_MAX: { u16: 64, doc: "See `JOIN_TIMEOUT_MS`." },
      QUEUE_PACKETS_MAX: { usize: QUEUE_PACKETS_MAX, doc: "Packets in a link's own queue." },
      QUEUE_BYTES_MAX: { usize: QUEUE_BYTES_MAX, doc: "Bytes in a link's own queue." },
      QUEUE_RING_MIN: {
        usize: 64 * KB,
        doc: "The queue's buffer when it begins: it doubles while it is too small.",
      },
      QUEUE_RING_MAX: {
        usize: 2 * (QUEUE_BYTES_MAX + 64 * KB),
        doc: "The queue's buffer at last: twice what may wait, with headers and what was just taken out, so half of it is free whenever holes have to be closed.",
      },
      QUEUE_GROUPS: {
        usize: 32,
        doc: "Places for in-links, the vertex itself among them: when more links send at a time, some of them share a place. At most 32, as turns have bits.",
      },
      QUEUE_SHARES: {
        usize: 16,
        doc: "Places for the shares of a class of an in-link, packets without one among them: as many as for connections, so that invented shares are worth no more than invented ConnectionIds. All places of all classes of an in-link take some 120 KB, and those of 32 in-links 4 MB, while packets wait in them.",
      },
      QUEUE_FLOWS: {
        usize: 16,
        doc: "Places for the connections of a share, by the last byte of their IDs.",
      },
      QUEUE_CLASS_PARTS: {
        usize: [1, 8, 8, 4, 1, 4],
        doc: "Each class of an in-link may take one in so many packets and bytes of a queue, by its number.",
      },
      QUEUE_CLASS_COSTS: {
        u64: [4, 1, 1, 1, 16, 16],
        doc: "What a byte costs its class, by the number of the class: the lower the cost, the more of a link the class has. Control and droppable do not share.",
      },
      QUEUE_CLASS_DELAYS_MAX_MS: {
        ms: [QUEUE_DELAY_MAX_MS, QUEUE_DELAY_MAX_MS, 100, 100, QUEUE_DELAY_MAX_MS, 50],
        doc: "How long a packet of each class waits at most, by its number, whatever CoDel says.",
      },
      CONTROL_BURST: {
        usize: 16 * KB,
        doc: "Bytes of control that go ahead of all else of their in-link: so many at once, and one in `CONTROL_PART` of all that the queue sends of it.",
      },
      CONTROL_PART: { u64: 16, doc: "See `CONTROL_BURST`." },
      QUEUE_PACKET_LOAD: {
        usize: QUEUE_BYTES_MAX / QUEUE_PACKETS_MAX,
        doc: "Bytes that each packet counts in addition to its own where the queue looks for the in-link that takes most of it.",
      },
      QUEUE_ROOM: { usize: 3, doc: "Bytes that are free before each packet in a queue, for a header." },
      QUEUE_TARGET_MS: { ms: 5, doc: "CoDel (RFC 8289): a delay that may stand." },
      QUEUE_INTERVAL_MS: { ms: 100, doc: "CoDel: for so long a longer delay is a burst and no standing queue." },
      QUEUE_DELAY_MAX_MS: { ms: QUEUE_DELAY_MAX_MS, doc: "Nothing waits longer than this, whatever CoDel says." },
      CONGESTED_AT_PACKETS: {
        usize: QUEUE_PACKETS_MAX / 2,
        doc: "The congestion signal goes on at half of the queue or at a delay, and off at an eighth and below CoDel's target.",
      },
      CONGESTED_AT_BYTES: { usize: QUEUE_BYTES_MAX / 2, doc: "See `CONGESTED_AT_PACKETS`." },
      CONGESTED_AT_DELAY_MS: { ms: 20, doc: "See `CONGESTED_AT_PACKETS`." },
      RELIEVED_AT_PACKETS: { usize: QUEUE_PACKETS_MAX / 8, doc: "See `CONGESTED_AT_PACKETS`." },
      RELIEVED_AT_BYTES: { usize: QUEUE_BYTES_MAX / 8, doc: "See `CONGESTED_AT_PACKETS`." },
    },
  },
  {
    typescript: "apps/link-flor/src/quic-link",
    rust: "link",
    limits: {
      CONNECTION_ID_LENGTH: {
        usize: 8,
        rust: "ID_LENGTH",
        doc: "Length of every connection ID that we choose: datagrams find a session by it.",
      },
      PROBE_KEY_LENGTH: { usize: 16, doc: "Bytes of the key that probes of a session begin with." },
      PACKET_OVERHEAD: {
        usize: 32,
        doc: "Bytes of a QUIC packet with one datagram in addition to the datagram: first byte 1, connection ID 8, packet number at most 4, frame type and length 3, authentication tag 16.",
      },
      FRAME_OVERHEAD: { usize: 3, doc: "Bytes of overhead that each further datagram in a packet costs." },
      ENGINE_QUEUE_MAX: {
        usize: 64,
        doc: "Datagrams inside the engine, where nothing can be timed or dropped: enough to fill a QUIC packet, no more.",
      },
      MISSED_SIGNS_MIN: {
        u32: 3,
        doc: "Signs of life that must be missed in a row before a peer is dead: the silence is cut into one part more.",
      },
      DRAIN_MS: {
        ms: 1_000,
        doc: "How long a session that was replaced, or has ended, still takes what is under way.",
      },
      TRANSMIT_BURST_MAX: { usize: 64, doc: "Datagrams of one session before another one has its turn." },
      TRANSMITS_PER_TURN: { usize: 256, doc: "Datagrams that are written in one turn before sockets are read again." },
      RESET_CANDIDATES_MAX: {
        usize: 16,
        doc: "Sessions to one address that are asked whether an unknown packet is their stateless reset.",
      },
    },
  },
  {
    typescript: "apps/link-flor/src/quic-link",
    rust: "io",
    limits: {
      UDP_PAYLOAD_MAX: { usize: 16_383, doc: "Largest UDP payload of a link: what the engine can make." },
      BATCH_BYTES_MAX: {
        usize: 65_000,
        doc: "Most bytes of one batch: the kernel takes it as one UDP payload, which is a little less than 64 KB.",
      },
    },
  },
  {
    typescript: "apps/link-flor/src/config",
    rust: "io",
    limits: {
      CLUSTERS_MAX: {
        usize: 256,
        rust: "SOCKETS_MAX",
        doc: "Clusters of one process: each has a UDP socket and a FlorIO port in the data thread, which looks through them.",
      },
    },
  },
];

export default [...labels, florio, ...links];
