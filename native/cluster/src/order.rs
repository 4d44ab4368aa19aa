use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use florenetes_florio::Heard;
use florenetes_wire::mesh::{Change, Destination, LinkState, Seeds, TransitLimits};

use crate::limits::Limits;

pub use crate::adoption::{Adoption, Role, Way};

/// All that a lane is told when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Bounds and times.
    pub limits: Limits,
    /// How much may pass from link to link.
    pub transit: TransitLimits,
    /// Random numbers.
    pub seeds: Seeds,
    /// Connections of workloads that may be open at the same time: the descriptors of the process, but those that are reserved.
    pub workloads_max: usize,
    /// The owner wants to hear of each stream and flow that is over.
    pub tells_streams: bool,
}

/// A thing that the owner of a lane has it do. Ports, links, services, tunnels, trunks and connections are named by numbers of the
/// owner's choice, links and services by those of the label table. A number is one thing's for as long as something may still be said of that;
/// links have slots (`slot_of`), each of which is its newest link's.
///
/// Orders are carried out one after the other. One that names what is not there (any more) does nothing: an event that says why is on
/// its way.
pub enum Order {
    // ── Links ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    /// Binds a FlorIO port: `PortOpened` or `PortFailed`.
    OpenPort {
        /// Its number from now on.
        port: u32,
        /// Our path.
        bind: PathBuf,
        /// The partner's path.
        connect: PathBuf,
    },
    /// Sends what the port can send of what waits, and closes it.
    ClosePort {
        /// Which one.
        port: u32,
    },
    /// Sends a Portal API message.
    SendMessage {
        /// The port that sends it.
        port: u32,
        /// It fits into a frame.
        message: Vec<u8>,
    },
    /// Sends a Portal API message, and again each interval while the partner is there, until another one is given.
    RepeatMessage {
        /// The port that sends it.
        port: u32,
        /// It fits into a frame.
        message: Vec<u8>,
        /// The time between two.
        interval: Duration,
    },
    /// A message of the partner's is not told any more when it comes again.
    SetKnownMessage {
        /// The port that receives it.
        port: u32,
        /// Empty: all are told.
        message: Vec<u8>,
        /// Where it is noted that it came.
        heard: Arc<Heard>,
    },
    /// Says what carries a link from now on.
    SetLink {
        /// One of the label table.
        link: u32,
        /// The port of its link vertex.
        port: u32,
        /// 0: it is not up.
        handle: u32,
        /// The packets that it takes.
        state: LinkState,
        /// The set of classes whose sources should hold back, by their bits.
        congested_classes: u8,
    },
    /// Lets a label table hold, in the place of the former one.
    SetTable {
        /// All of its entries. One that would break the table is left out: the owner has checked them.
        entries: Vec<Change>,
        /// How much may pass from link to link from now on.
        transit: TransitLimits,
    },
    /// Sends a packet of the owner's own: a handshake, a probe, an answer to a stranger. The owner counts it.
    SendPacket {
        /// The port that sends it.
        port: u32,
        /// The handle of its link, 1 or more.
        handle: u32,
        /// One byte or more.
        packet: Vec<u8>,
    },
    /// Delivers a packet as if it had come just now: the owner got it, and its connection was handed over meanwhile.
    DeliverPacket {
        /// The link that it came over; none: it is of this vertex itself.
        in_link: Option<u32>,
        /// Whom it was for.
        destination: Destination,
        /// The packet, as it was told.
        packet: Vec<u8>,
    },

    // ── Workloads ───────────────────────────────────────────────────────────────────────────────────────────────────────
    /// Says what the streams to a service are connected to from now on.
    SetService {
        /// One of the label table.
        service: u32,
        /// Where its workload is.
        target: Target,
        /// It takes flows of datagrams, which end when nothing has passed for so long. None: it takes streams. The owner as a target takes
        /// streams in any case.
        flow_idle: Option<Duration>,
        /// It is told first who has connected: each stream begins with the prefix of its connection.
        tells_principal: bool,
        /// It takes no more streams.
        is_stopped: bool,
    },
    /// Lets go of all that is kept by a number: its thing is gone for good, and what is said of it from now on is said of nothing.
    Forget {
        /// Which one.
        what: Forgotten,
    },
    /// Says after how many streams a connection should have a successor, from now on.
    SetStreamsPerConnection {
        /// 1 to 1,000,000.
        streams: u64,
    },
    /// Answers `Resolve`, for all dials that wait.
    Resolved {
        /// Whose name.
        service: u32,
        /// Addresses, to be tried in their order; or why there are none, for people.
        addresses: Result<Vec<SocketAddr>, String>,
    },
    /// Opens a tunnel's listener: `Listening` or `ListenFailed`.
    Listen {
        /// The number of the tunnel.
        tunnel: u32,
        /// Where its streams go.
        trunk: u32,
        /// Where workloads find it.
        address: Address,
    },
    /// Closes a tunnel's listener; its streams go on.
    StopListening {
        /// Which one.
        tunnel: u32,
    },
    /// Has the clients of a tunnel go over another trunk from now on, those too that wait for a connection. Their streams stay where they are.
    LeadTunnel {
        /// Which one.
        tunnel: u32,
        /// Where its streams go.
        trunk: u32,
    },
    /// Says how long workloads that come from now on wait at most: for a connection, and for a sign of its far end.
    SetConnectWait {
        /// The tunnel that they come to, or the account of streams of the owner.
        account: u32,
        /// Zero: they do not wait where it is known that nobody is reached.
        wait: Duration,
    },
    /// Streams of a trunk are opened on this connection from now on, those of waiting workloads at once.
    SetCurrent {
        /// Which one.
        trunk: u32,
        /// One of the same trunk. None: workloads wait for the next.
        connection: Option<u32>,
    },
    /// Workloads of a trunk wait from now on, though there is a connection: they get streams on it when one more could not wait.
    Hold {
        /// Which one.
        trunk: u32,
        /// One of the same trunk.
        connection: u32,
    },
    /// Says what is known of a trunk that has no connection.
    SetUnreachable {
        /// Which one.
        trunk: u32,
        /// Attempts fail. False: one may come to something.
        is_unreachable: bool,
    },
    /// Turns away those workloads of a trunk that wait.
    RefuseWaiting {
        /// Which one.
        trunk: u32,
        /// Why.
        code: u64,
        /// More about it, for people.
        text: String,
    },

    // ── Streams of the owner ────────────────────────────────────────────────────────────────────────────────────────────
    /// Opens a stream or flow whose workload is the owner: it waits, and is refused, as that of a workload which has connected to a tunnel.
    /// `StreamAnswered` or `StreamReset` follows. A number that is in use does nothing.
    OpenStream {
        /// Its number from now on, `OWN_NUMBERS_MIN` at least.
        workload: u32,
        /// The way that it goes.
        trunk: u32,
        /// It is counted as those of a tunnel of this number.
        account: u32,
        /// It is a flow of datagrams.
        is_flow: bool,
    },
    /// Accepts what `StreamAsked` has told.
    AnswerStream {
        /// Which one.
        workload: u32,
    },
    /// Sends a datagram on a flow.
    SendDatagram {
        /// Which one.
        workload: u32,
        /// All of it.
        bytes: Vec<u8>,
    },
    /// Says something on a stream whose workload is the owner. The next may be said after `StreamWritable`: who does not wait for it, or
    /// has ended its half, has the stream reset.
    WriteStream {
        /// By its number.
        workload: u32,
        /// A chunk at most.
        bytes: Vec<u8>,
    },
    /// Ends the owner's half of a stream, after all that was said.
    EndStream {
        /// Which one.
        workload: u32,
    },
    /// The owner has taken what `StreamBytes` told: there may be more.
    TakeStream {
        /// Which one.
        workload: u32,
    },
    /// The owner's workload has taken all bytes of the peer's up to this offset: the peer is told, if it wants to know.
    AcknowledgeStream {
        /// Which one.
        workload: u32,
        /// Not above what `StreamBytes` has told.
        offset: u64,
        /// And the end.
        is_end: bool,
    },
    /// Ends both halves of a stream at once, as the reset of a workload's socket does; ends a flow, by `DONE` in peace; or refuses what
    /// `StreamAsked` has told. `StreamReset` follows.
    ResetStream {
        /// Which one.
        workload: u32,
        /// Why: the peer hears it.
        code: u64,
        /// More about a refusal, for the log here.
        text: String,
    },

    // ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────────
    /// Takes over a connection whose peer has said hello.
    Adopt(Box<Adoption>),
    /// Sends whole messages on the control stream.
    SendControl {
        /// Which connection's.
        connection: u32,
        /// They wait for credit.
        bytes: Vec<u8>,
    },
    /// Has the packets of an originator's connection go another way; the answers follow them. One of an acceptor goes where the peer's
    /// packets come from, whatever is ordered.
    SetWay {
        /// Which one.
        connection: u32,
        /// Where they go from now on.
        way: Way,
    },
    /// Packets are not larger than this from now on, at both ends: the peer is told.
    Shrink {
        /// Which connection's.
        connection: u32,
        /// Bytes of a QUIC packet.
        payload_max: u16,
    },
    /// Ends the connection when its streams have ended and what they sent is acknowledged.
    Drain {
        /// Which one.
        connection: u32,
    },
    /// Ends the connection, and all its streams with a reset. The peer is told; `Left` follows.
    Close {
        /// Which one.
        connection: u32,
        /// The application's code.
        code: u64,
        /// For the peer.
        reason: String,
        /// The end is repeated until the peer should have heard it.
        is_repeated: bool,
    },
    /// Ends the connection, as the peer was restarted since: streams that nobody can have seen are opened on another one. `Left` follows.
    Abandon {
        /// Which one.
        connection: u32,
        /// The application's code.
        code: u64,
        /// For the peer.
        reason: String,
    },
    /// Says once more that a connection is closed: soon there will be nobody here who could tell.
    RepeatClose {
        /// Which one.
        connection: u32,
    },
}

/// A thing that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// A service, which has stopped.
    Service(u32),
    /// A tunnel that does not listen any more, or an account of streams of the owner.
    Account(u32),
    /// A trunk that nobody waits for, and that has no connection.
    Trunk(u32),
}

/// Where a tunnel listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Port 0: a free one.
    Tcp(SocketAddr),
    /// For datagrams. Port 0: a free one.
    Udp(SocketAddr),
    /// A socket's file, which is not there.
    Unix {
        /// Its path.
        path: PathBuf,
        /// Its mode, such as 0o600.
        mode: u32,
        /// User and group, where they are not this process's.
        owner: Option<(u32, u32)>,
    },
}

/// Where a service's workload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The first that answers.
    Addresses(Vec<SocketAddr>),
    /// A socket's file.
    Unix(PathBuf),
    /// The owner knows, and is asked each time.
    Name,
    /// The owner itself: `StreamAsked`, and what follows it.
    Owner,
}
