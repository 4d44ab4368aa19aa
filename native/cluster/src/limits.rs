//! Bounds and times of the lane. Those of [`Limits`], and those below `As in TypeScript`, stand in
//! apps/cluster-flor/src/transport/limits.ts, too, which says why.

use std::time::Duration;

/// Bounds and times that the owner hands over.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A workload waits so long for a connection, or for a sign of its far end, where its account says nothing else.
    pub connect_wait: Duration,
    /// A connection is given up after so much silence.
    pub silence: Duration,
    /// So much silence while packets are unanswered, and the last one is repeated …
    pub repeat_after: Duration,
    /// … again and again in this interval.
    pub repeat_every: Duration,
    /// After so long without an answer the far end is not reached, as far as is known …
    pub unreachable: Duration,
    /// … and the last packet is repeated in this interval, if nobody needs the connection now.
    pub repeat_idle: Duration,
    /// Between signs of life while there are streams.
    pub ping_busy: Duration,
    /// Between signs of life while there are none.
    pub ping_idle: Duration,
    /// Between an originator's questions whether its packets arrive, while there are none.
    pub ping_path: Duration,
    /// From the first sign of a stream to the end of its OPEN.
    pub open: Duration,
    /// How long a target may take to accept.
    pub dial: Duration,
    /// How long a connection that was closed here answers stragglers.
    pub closing: Duration,
    /// How long a connection without streams waits until all that it sent is acknowledged.
    pub linger: Duration,
    /// How long an originator leaves such a connection to its acceptor, whose workloads may still read.
    pub finish: Duration,
    /// No process is there again so soon after its death.
    pub restart: Duration,
    /// Streams of a connection before it should have a successor.
    pub streams_per_connection: u64,
    /// The window of a stream when it begins.
    pub stream_window: u64,
    /// The window of a stream when it has grown.
    pub stream_window_max: u64,
    /// Bytes that all streams may hold. Above it, new streams are refused.
    pub memory_max: u64,
    /// Bytes that a stream is charged while no data waits in it.
    pub memory_per_stream: u64,
    /// Workloads of one trunk that may wait for a connection.
    pub waiting_max: usize,
    /// Packets of one connection in a turn.
    pub packets_per_turn: usize,
    /// Bytes of one stream in a turn, each way.
    pub bytes_per_stream_turn: usize,
    /// Streams of a connection that are begun in a turn.
    pub opens_per_turn: usize,
    /// Control messages of a connection in a turn.
    pub control_messages_per_turn: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_wait: Duration::from_secs(5),
            silence: Duration::from_secs(60),
            repeat_after: Duration::from_millis(200),
            repeat_every: Duration::from_millis(100),
            unreachable: Duration::from_secs(1),
            repeat_idle: Duration::from_secs(1),
            ping_busy: Duration::from_secs(1),
            ping_idle: Duration::from_secs(10),
            ping_path: Duration::from_millis(3_000),
            open: Duration::from_secs(5),
            dial: Duration::from_secs(10),
            closing: Duration::from_secs(1),
            linger: Duration::from_secs(10),
            finish: Duration::from_secs(60),
            restart: Duration::from_millis(200),
            streams_per_connection: 50_000,
            stream_window: 256 * 1024,
            stream_window_max: 8 * 1024 * 1024,
            memory_max: 512 * 1024 * 1024,
            memory_per_stream: 8 * 1024,
            waiting_max: 4_096,
            packets_per_turn: 256,
            bytes_per_stream_turn: 256 * 1024,
            opens_per_turn: 64,
            control_messages_per_turn: 256,
        }
    }
}

/// Links, tunnels, trunks and services are numbered below this. Those of a config have a slot and its generation in that (`slot_of`).
pub const NUMBERS_MAX: u32 = 1 << 31;
/// The shortest time that an owner may set, and the longest.
pub const TIME_MIN: Duration = Duration::from_millis(1);
/// See [`TIME_MIN`].
pub const TIME_MAX: Duration = Duration::from_secs(86_400);
/// The largest bound that an owner may set: more of nothing fits into memory.
pub const AMOUNT_MAX: u64 = 1 << 32;
/// Bytes that a target gets before all others of a stream.
pub const PREFIX_SIZE_MAX: usize = 1_024;
/// Frames under handles that no link has yet, and their bytes together: the first of a link that the owner is about to tell of.
pub const EARLY_FRAMES_MAX: usize = 64;
/// See [`EARLY_FRAMES_MAX`].
pub const EARLY_BYTES_MAX: usize = 256 * 1024;
/// How long they are kept: an owner that is busy has told of their link by then.
pub const EARLY_AGE_MAX: Duration = Duration::from_secs(1);
/// Streams and flows that the owner has opened: those of some sessions with all that each may have. One costs it some orders in a turn, of
/// those that may wait for the thread. Sessions share fewer among them (`OPENED_MAX`), as the last of a stream may outlast its place.
pub const OWN_OPENED_MAX: usize = 10_240;
/// Streams and flows that peers have asked the owner for. One peer alone gets half.
pub const OWN_ASKED_MAX: usize = 8_192;
/// Those that it is asked for until it has taken events. A chunk of each may wait in the queue when it is over and not charged any more.
pub const OWN_ASKS_WAITING_MAX: usize = 1_024;
/// The owner chooses the numbers of those that it opens from here on.
pub const OWN_NUMBERS_MIN: u32 = 1 << 31;
/// Datagrams of one flow that wait for the owner, as many as may wait to be sent, and the bytes of all flows' together. More are lost, as at a socket's buffer.
pub const OWN_DATAGRAMS_WAITING_MAX: usize = 256;
/// See [`OWN_DATAGRAMS_WAITING_MAX`].
pub const OWN_DATAGRAM_BYTES_WAITING_MAX: usize = 4 * 1024 * 1024;
/// Refusals that wait for the owner's log.
pub const REFUSALS_WAITING_MAX: usize = 64;
/// Streams and flows that are over, which wait for the owner's access log.
pub const STREAMS_OVER_WAITING_MAX: usize = 8_192;
/// How often the owner hears that a trunk is used.
pub const USED_INTERVAL: Duration = Duration::from_secs(1);
/// How soon a listener is asked again after the system had no descriptor for a connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that one listener takes in a turn.
pub const ACCEPTS_PER_TURN: usize = 64;
/// The stream of control messages.
pub const CONTROL_STREAM: u64 = 0;
/// No stream is given less in its turn: packets would not be full.
pub const QUANTUM_MIN: usize = 4_096;
/// Smaller payloads may be mere acknowledgements, which nobody answers.
pub const LIKELY_DATA_MIN: usize = 100;
/// A buffer for payloads that are kept is let go of while nothing is unanswered, if it has more bytes.
pub const KEPT_SIZE_MIN: usize = 1_500;

// ── As in TypeScript ────────────────────────────────────────────────────────────────────────────────────────────────────

/// A round trip that is measured as longer counts as so long where something is repeated, or waited for.
pub const ROUND_TRIP_MAX: Duration = Duration::from_secs(10);
/// And one that is more times as long as the shortest one.
pub const ROUND_TRIP_SPREAD_MAX: f64 = 4.0;
/// An acceptor asks for a successor of a connection that has had so many times the streams that it would give its own ones.
pub const RENEWAL_FACTOR: f64 = 1.5;
/// It closes the connection when its originator goes on all the same.
pub const CLOSING_FACTOR: u64 = 3;
/// Mesh packets that every link carries.
pub const PACKET_SIZE_MIN: usize = 1_280;
/// Largest QUIC packet.
pub const PAYLOAD_MAX: usize = 16_000;
/// Streams that a connection may take in its life.
pub const STREAMS_PER_CONNECTION_MAX: u64 = 1_000_000;
/// Addresses of a target that are tried, one after the other.
pub const ADDRESSES_MAX: usize = 64;
/// Bytes of a workload that are kept until its stream is accepted, so that it can be offered again.
pub const OFFER_SIZE_MAX: usize = 64 * 1024;
/// One read from a stream or a socket.
pub const CHUNK_SIZE: usize = 64 * 1024;
/// Bytes of messages that may wait for credit of the control stream.
pub const CONTROL_WAITING_MAX: usize = 64 * 1024;
/// A peer is told what a workload has taken when it is so much more than it was told last, or all that has come.
pub const TAKEN_STEP: u64 = 64 * 1024;
/// Streams of a connection whose peers are told so in a turn.
pub const TAKEN_PER_TURN: usize = 256;
/// Largest message at the head of a stream.
pub const MESSAGE_SIZE_MAX: usize = 1_024;
/// The version of messages.
pub const MESSAGE_VERSION: u8 = 1;
/// Payloads that begin with less are none of QUIC's.
pub const QUIC_MIN: u8 = 0x40;
/// QUIC packets that every path carries; an originator asks for no smaller ones.
pub const PAYLOAD_MIN: u16 = 1_200;

// ── Of datagrams (apps/cluster-flor/src/transport/datagrams) ────────────────────────────────────────────────────────────────

/// Bytes of the largest datagram: what UDP over IPv4 carries.
pub const DATAGRAM_SIZE_MAX: usize = 65_507;
/// Beside its bytes a datagram that waits to be sent is charged for so many, so that empty ones have a bound, too.
pub const DATAGRAM_COST: usize = 64;
/// Datagrams that QUIC is given for a packet.
pub const FILLED_AT_ONCE_MAX: usize = 64;
/// Flows of a tunnel, and of a service.
pub const FLOWS_MAX: usize = 4_096;
/// A client whose flow was refused tries again after this.
pub const FLOW_RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Datagrams of a flow that wait to be sent.
pub const FLOW_WAITING_MAX: usize = 256;
/// Bytes of them, of which one datagram may always have all.
pub const FLOW_WAITING_BYTES_MAX: usize = 256 * 1024;
/// Bytes of all datagrams of a connection that wait to be sent.
pub const WAITING_BYTES_MAX: usize = 1024 * 1024;
/// A datagram that has waited for so long is of no use any more.
pub const WAITING_AGE_MAX: Duration = Duration::from_millis(250);
/// Bytes that a flow may send in its turn.
pub const TURN_BYTES: isize = 1_500;
/// Datagrams of a flow of which some pieces have come.
pub const UNFINISHED_MAX: usize = 4;
/// How long the others are waited for.
pub const UNFINISHED_AGE_MAX: Duration = Duration::from_secs(1);
/// Bytes of all pieces of a connection.
pub const JOINED_BYTES_MAX: usize = 256 * 1024;
/// Payloads of a connection's flows that are not known yet, their bytes, and how long they are kept: they have overtaken their OPEN.
pub const UNOPENED_MAX: usize = 16;
/// See [`UNOPENED_MAX`].
pub const UNOPENED_BYTES_MAX: usize = 32 * 1024;
/// See [`UNOPENED_MAX`].
pub const UNOPENED_AGE_MAX: Duration = Duration::from_secs(1);
/// Datagrams of a flow that wait for its connection or its target's address, and their bytes.
pub const FLOW_KEPT_MAX: usize = 16;
/// See [`FLOW_KEPT_MAX`].
pub const FLOW_KEPT_BYTES_MAX: usize = 64 * 1024;
/// Times that a turn reads a socket of datagrams, several at once.
pub const DATAGRAM_READS_PER_TURN: usize = 8;
/// Bytes of a principal's name.
pub const PRINCIPAL_SIZE_MAX: usize = 1_024;
