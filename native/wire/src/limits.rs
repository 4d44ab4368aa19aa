//! Numbers that the protocols fix, and bounds of this implementation.

use std::time::Duration;

// ── The mesh packet (docs/protocol/mesh-packet.md) ───────────────────────────────────────────────────────────────────────────────

/// The version of the mesh packet that is known here.
pub const VERSION: u8 = 1;
/// Labels below this have a meaning of their own and cannot be given to anything.
pub const LABEL_MIN: u32 = 16;
/// A label has 20 bits.
pub const LABEL_MAX: u32 = 0xf_ffff;
/// Labels in one header.
pub const LABEL_COUNT_MAX: usize = 16;
/// The hop limit that an origin writes, and the highest that a vertex believes of a packet that comes in.
pub const HOP_LIMIT_DEFAULT: u8 = 32;
/// Bytes of a header before its labels.
pub const FIXED_SIZE: usize = 12;
/// Bytes of one label's word.
pub const WORD_SIZE: usize = 4;

// ── Forwarding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Entries that one vertex's label table takes, a cross-connect counting as two.
pub const TABLE_ENTRIES_MAX: usize = 4_194_304;
/// Links that a label table may name: their slots are below this, and what is kept for each is kept for all slots below it, too.
pub const LINKS_MAX: usize = 65_536;
/// Pairs of links, each direction by itself, that packets may pass through by adjacency labels: all of 1,000 links.
pub const TRANSIT_MAX: usize = 1_048_576;
/// Links that all tables of a portal may name together, and pairs of them, each direction by itself: their limits and counts stay.
pub const TRANSIT_LINKS_MAX: u32 = 4_096;
/// See [`TRANSIT_LINKS_MAX`].
pub const TRANSIT_PAIRS_MAX: usize = 65_536;
/// Counts that are looked through at a time for those that have changed.
pub const TRANSIT_ROWS_PER_LOOK: usize = 65_536;
/// Rows of counts in one report.
pub const TRANSIT_ROWS_PER_REPORT: usize = 256;
/// Packets that are remembered to see those that circle, a power of two: a megabyte, or the last second of 250,000 in a second.
pub const PASSED_PACKETS: usize = 1 << 18;
/// Labels that mean nothing here: so many different ones may come over a link at once, and so many in a second in the long
/// run. Enough for the labels that an old config still uses; too few to find one of 2^20 by trying.
pub const GUESSES: u64 = 1_024;
/// See [`GUESSES`].
pub const GUESSES_PER_SECOND: u64 = 8;
/// Places for those behind the neighbours, on each level: those that share one by chance share its guesses.
pub const GUESS_BUCKETS: usize = 4_096;
/// Bytes that may wait from one turn to the next for services on the same node: more than a turn of the transport makes, and
/// little enough to be read before it is late.
pub const LOOPBACK_BYTES_MAX: usize = 8 * 1024 * 1024;

// ── A link's packets (docs/protocol/link-protocol.md) ────────────────────────────────────────────────────────────────────────────

/// Largest packet of a cluster vertex: every link carries it, in pieces where its datagrams are smaller.
pub const LINK_MTU: usize = 16_384;
/// Incomplete packets of one link.
pub const JOIN_SLOTS_MAX: usize = 4;
/// An incomplete packet is given up after this long, or when a packet begins that is so many numbers younger.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(1);
/// See [`JOIN_TIMEOUT`].
pub const JOIN_NUMBERS_MAX: u16 = 64;
/// Packets in a link's own queue, and their bytes together.
pub const QUEUE_PACKETS_MAX: usize = 512;
/// See [`QUEUE_PACKETS_MAX`].
pub const QUEUE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The queue's buffer: it doubles while it is too small, and at last holds twice what may wait, with headers and what was just taken out: so
/// half of it is free whenever holes have to be closed.
pub const QUEUE_RING_MIN: usize = 64 * 1024;
/// See [`QUEUE_RING_MIN`].
pub const QUEUE_RING_MAX: usize = 2 * (QUEUE_BYTES_MAX + 64 * 1024);
/// Places for those that packets came by, the vertex itself and links: more links that send at a time share them. At most 32, as turns have
/// bits.
pub const QUEUE_GROUPS: usize = 32;
/// Places for the connections of each of these, by the last byte of their IDs.
pub const QUEUE_FLOWS: usize = 16;
/// Each class of an in-link may take one in so many packets and bytes of a queue, by its number.
pub const QUEUE_CLASS_PARTS: [usize; 6] = [1, 8, 8, 4, 1, 4];
/// A byte of each class costs it so much, by its number: a class has the more of a link the less that is. Control and droppable do not
/// share.
pub const QUEUE_CLASS_COSTS: [u64; 6] = [4, 1, 1, 1, 16, 16];
/// How long a packet of each class waits at most, by its number, whatever CoDel says.
pub const QUEUE_CLASS_DELAYS_MAX: [Duration; 6] = [
    QUEUE_DELAY_MAX,
    QUEUE_DELAY_MAX,
    Duration::from_millis(100),
    Duration::from_millis(100),
    QUEUE_DELAY_MAX,
    Duration::from_millis(50),
];
/// Bytes of control that go ahead of all else of their in-link: so many at once, and one in so many of all that the queue sends of it.
pub const CONTROL_BURST: usize = 16 * 1024;
/// See [`CONTROL_BURST`].
pub const CONTROL_PART: u64 = 16;
/// Where it matters who takes most of a queue, a packet takes so much in addition to its bytes.
pub const QUEUE_PACKET_LOAD: usize = QUEUE_BYTES_MAX / QUEUE_PACKETS_MAX;
/// Bytes that are free before each packet in a queue, for a header.
pub const QUEUE_ROOM: usize = 3;
/// CoDel (RFC 8289): a delay that may stand, and for how long a longer one is a burst and no standing queue.
pub const QUEUE_TARGET: Duration = Duration::from_millis(5);
/// See [`QUEUE_TARGET`].
pub const QUEUE_INTERVAL: Duration = Duration::from_millis(100);
/// Nothing waits longer than this, whatever CoDel says.
pub const QUEUE_DELAY_MAX: Duration = Duration::from_millis(250);
/// The congestion signal goes on at half of the queue or at this delay, and off at an eighth and below the target.
pub const CONGESTED_AT_PACKETS: usize = QUEUE_PACKETS_MAX / 2;
/// See [`CONGESTED_AT_PACKETS`].
pub const CONGESTED_AT_BYTES: usize = QUEUE_BYTES_MAX / 2;
/// See [`CONGESTED_AT_PACKETS`].
pub const CONGESTED_AT_DELAY: Duration = Duration::from_millis(20);
/// See [`CONGESTED_AT_PACKETS`].
pub const RELIEVED_AT_PACKETS: usize = QUEUE_PACKETS_MAX / 8;
/// See [`CONGESTED_AT_PACKETS`].
pub const RELIEVED_AT_BYTES: usize = QUEUE_BYTES_MAX / 8;
