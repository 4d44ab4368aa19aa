use std::io;
use std::sync::Arc;

use florenetes_engine::Closed;
use florenetes_florio::{FlorioError, PortEvent};
use florenetes_wire::mesh::{Destination, DropCause};

use crate::message::Pressure;

/// Whose streams something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// A tunnel's.
    Tunnel(u32),
    /// A service's.
    Service(u32),
}

/// A stream or flow of a workload that is over.
#[derive(Clone, Copy, Debug)]
pub struct StreamOver {
    /// Its connection. None: it was refused before there was a stream.
    pub connection: Option<u32>,
    /// Its number on that, or 0.
    pub stream: u64,
    /// Whose it was.
    pub account: Account,
    /// It was a flow of datagrams.
    pub is_flow: bool,
    /// The peer had not accepted it.
    pub is_refused: bool,
    /// When it was opened, by the owner's clock in milliseconds.
    pub started_ms: f64,
    /// Bytes of the workload here that were given to the connection.
    pub sent: u64,
    /// Bytes for it that came out of the connection.
    pub received: u64,
    /// Why it is over.
    pub code: u64,
}

/// Something that a lane tells its owner.
#[derive(Debug)]
pub enum Event {
    /// Our path is bound.
    PortOpened {
        /// Which port.
        port: u32,
    },
    /// Our path could not be bound.
    PortFailed {
        /// Which port.
        port: u32,
        /// Why.
        error: FlorioError,
    },
    /// The partner of a port has come or gone, and the like.
    Port {
        /// Which port.
        port: u32,
        /// The news.
        event: PortEvent,
    },
    /// A Portal API message has come.
    Message {
        /// The port that received it.
        port: u32,
        /// The content of the frame.
        message: Vec<u8>,
    },
    /// A packet that ends here and is for no connection of the lane: a stranger's, a handshake's, a probe or its answer.
    Packet {
        /// Whom it is for.
        destination: Destination,
        /// The link that it came over.
        in_link: Option<u32>,
        /// Labels were guessed from where it comes: it gets no answer.
        is_guessing: bool,
        /// The packet, with its header.
        packet: Vec<u8>,
    },
    /// A question of a trace that goes no further.
    Question {
        /// The link that it came over.
        in_link: u32,
        /// The link that did not take it; none: its labels have not led to one.
        out_link: Option<u32>,
        /// Why.
        cause: DropCause,
        /// The word that was read last; none: that was written over.
        at: Option<u8>,
        /// Labels were guessed from where it comes: it gets no answer.
        is_guessing: bool,
        /// The packet, with its header.
        packet: Vec<u8>,
    },
    /// More labels were guessed over a link than is good.
    Guessing {
        /// Which link.
        link: u32,
    },

    /// A tunnel listens.
    Listening {
        /// Which one.
        tunnel: u32,
        /// Its TCP port; 0: it has none.
        port: u16,
    },
    /// A tunnel cannot listen.
    ListenFailed {
        /// Which one.
        tunnel: u32,
        /// The system's.
        error: io::Error,
    },
    /// Workloads wait for a connection of the trunk, or none does any more: told at the end of a turn, when it is news. `SetCurrent` and
    /// `RefuseWaiting` leave nobody waiting, as their giver knows.
    Waiting {
        /// Which one.
        trunk: u32,
        /// Whether any waits.
        is_any: bool,
    },
    /// A stream was opened on a connection of the trunk: told once in [`USED_INTERVAL`](crate::limits::USED_INTERVAL).
    Used {
        /// Which one.
        trunk: u32,
    },
    /// The name of a service's target is asked for: told once until it is answered.
    Resolve {
        /// Whose name.
        service: u32,
    },
    /// A stream was refused: for a log, so that only some of many are told.
    Refused {
        /// Whose stream.
        account: Account,
        /// The connection that it came on, or was opened on; none: there was none.
        connection: Option<u32>,
        /// Why.
        code: u64,
        /// More about it, for people; may be empty.
        text: String,
    },

    /// A stream or flow is over: told where the settings want it.
    StreamOver(StreamOver),

    /// A peer asks for a stream or flow to a service that is the owner's: `AnswerStream` or `ResetStream` answers. `StreamReset`, without an
    /// order, says that nobody waits for that any more.
    StreamAsked {
        /// Its number from now on.
        workload: u32,
        /// The service that it came to.
        service: u32,
        /// It is a flow of datagrams.
        is_flow: bool,
        /// Both ends tell what their workloads have taken.
        tells_taken: bool,
        /// Its connection's, by its number.
        traffic_class: u8,
        /// The principal at the other end.
        peer: Arc<str>,
    },
    /// The far end has accepted a stream or flow that the owner has opened.
    StreamAnswered {
        /// Which one.
        workload: u32,
        /// Both ends tell what their workloads have taken.
        tells_taken: bool,
    },
    /// The peer of a flow whose workload is the owner has sent a datagram.
    Datagram {
        /// Which one.
        workload: u32,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// The peer of such a stream has said something. It is followed by more once it is taken (`TakeStream`).
    StreamBytes {
        /// Which one.
        workload: u32,
        /// A chunk at most.
        bytes: Vec<u8>,
    },
    /// The peer has ended its half.
    StreamEnded {
        /// Which one.
        workload: u32,
    },
    /// All that the owner has said is on its way, and it may say more.
    StreamWritable {
        /// Which one.
        workload: u32,
    },
    /// The far workload has taken so much of what the owner has said: what was said last, once between two times that events are taken.
    StreamTaken {
        /// Which one.
        workload: u32,
        /// All bytes up to here.
        offset: u64,
        /// And the end.
        is_end: bool,
    },
    /// The stream or flow was refused, or cut by the owner, the peer or the end of their connection. A flow that has ended in peace is `DONE`.
    StreamReset {
        /// Which one.
        workload: u32,
        /// Why.
        code: u64,
        /// More about it, for people; may be empty.
        text: String,
    },

    /// An originator's connection has had its share of streams; it takes more until it has a successor.
    Full {
        /// Which one.
        connection: u32,
    },
    /// Streams of an acceptor's peer have failed by the peer's own doing since this was told last.
    Failed {
        /// On which connection.
        connection: u32,
        /// How many.
        streams: u64,
    },
    /// The peer asks for a connection in the place of this one.
    Renewal {
        /// Which one.
        connection: u32,
    },
    /// The peer says how loaded it is: what it has said last.
    Pressure {
        /// On which connection.
        connection: u32,
        /// By the numbers of its message.
        pressure: Pressure,
    },
    /// Does the path carry the packets of an originator's connection?
    SizeDoubt {
        /// Which one.
        connection: u32,
        /// An end asks, whose packets come marked or are not answered. False: a link has marked a packet on its way.
        is_by_end: bool,
    },
    /// The connection has ended, and not by an order. `Left` follows.
    Closed {
        /// Which one.
        connection: u32,
        /// Why. One that was silent for too long has ended by `CloseCause::Idle` and the application's code for that.
        closed: Closed,
    },
    /// The lane has forgotten the connection: its packets are a stranger's from now on.
    Left {
        /// Which one.
        connection: u32,
    },
}
