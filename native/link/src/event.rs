use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use florenetes_engine::Closed;
use florenetes_florio::{FlorioError, PortEvent};
use florenetes_wire::mesh::{Taken, TransitReport};

/// Something that a lane tells its owner.
#[derive(Debug)]
pub enum Event {
    /// The socket is bound.
    UdpOpened {
        /// Whose it is.
        cluster: u32,
        /// The address and port that it has.
        local: SocketAddr,
    },
    /// The socket could not be bound.
    UdpFailed {
        /// Whose it would be.
        cluster: u32,
        /// The system's.
        error: io::Error,
    },
    /// Our path is bound.
    PortOpened {
        /// Whose port it is.
        cluster: u32,
    },
    /// Our path could not be bound.
    PortFailed {
        /// Whose port it would be.
        cluster: u32,
        /// Why.
        error: FlorioError,
    },
    /// Nothing is left of the cluster.
    Removed {
        /// Which one.
        cluster: u32,
    },
    /// A datagram that is for no session here: of a stranger, for a session that was not handed over yet, or about a path.
    Datagram {
        /// Whose socket received it.
        cluster: u32,
        /// The sender.
        from: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// A Portal API message has come.
    Message {
        /// Whose port received it.
        cluster: u32,
        /// The content of the frame.
        message: Vec<u8>,
    },
    /// The partner of a port has come or gone, and the like.
    Port {
        /// Whose port it is.
        cluster: u32,
        /// The news.
        event: PortEvent,
    },
    /// How far a label table was taken.
    TransitTaken {
        /// Whose table.
        cluster: u32,
        /// Which one.
        table: u32,
        /// After a refusal it is gone.
        taken: Taken,
    },
    /// Counts of transit that a reader did not know.
    TransitCounted {
        /// Whose counts.
        cluster: u32,
        /// The one that asked.
        reader: u32,
        /// Some of them.
        report: Box<TransitReport>,
    },
    /// Bytes of stream 0.
    Stream {
        /// Whose stream.
        session: u32,
        /// One or more.
        bytes: Vec<u8>,
    },
    /// A probe has come.
    Probe {
        /// Whose peer sent it.
        session: u32,
        /// With the key that it begins with.
        packet: Vec<u8>,
        /// How long its pieces took to arrive. None: it came whole.
        spread: Option<Duration>,
    },
    /// An acceptor's newest packet came from elsewhere than its peer's address, or from there again after that.
    Newest {
        /// Whose packet.
        session: u32,
        /// The sender.
        from: SocketAddr,
        /// Bytes that came from there in such packets.
        bytes: usize,
    },
    /// The session's queue has become full for other classes than before, or is full no more.
    Congested {
        /// Whose queue.
        session: u32,
        /// The set of classes whose sources should hold back, by their bits.
        classes: u8,
    },
    /// Nothing was heard for `dead_after`. The session goes on until the owner closes it.
    Silent {
        /// Whose peer.
        session: u32,
    },
    /// The session has ended, and not by an order.
    Closed {
        /// Which one.
        session: u32,
        /// Why.
        closed: Closed,
    },
    /// The peer was told of the end that was ordered, as far as it can be.
    Left {
        /// Which session.
        session: u32,
    },
}
