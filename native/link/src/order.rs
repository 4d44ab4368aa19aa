use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use florenetes_engine::Guarded;
use florenetes_florio::Heard;
use florenetes_wire::mesh::{LinkRow, Seeds, TransitChange, TransitLimits};

use crate::figures::LiveCounts;
use crate::limits::{ID_LENGTH, PROBE_KEY_LENGTH};

/// A thing that the owner of a lane has it do. Clusters and sessions are named by numbers of the owner's choice.
///
/// Orders are carried out one after the other. One that names what is not there (any more) does nothing: an event that says why is on
/// its way.
pub enum Order {
    /// Binds the UDP socket of a cluster: `UdpOpened` or `UdpFailed`.
    OpenUdp {
        /// Whose it is.
        cluster: u32,
        /// Port 0: a free one.
        listen: SocketAddr,
    },
    /// Binds the FlorIO port of a cluster: `PortOpened` or `PortFailed`.
    OpenPort {
        /// Whose it is.
        cluster: u32,
        /// Our path.
        bind: PathBuf,
        /// The partner's path.
        connect: PathBuf,
    },
    /// Closes the UDP socket; the sessions of the cluster are gone without a word.
    CloseUdp {
        /// Whose it is.
        cluster: u32,
    },
    /// Sends what the port can send of what waits, and closes it.
    ClosePort {
        /// Whose it is.
        cluster: u32,
    },
    /// Closes what the cluster has, and forgets all of it: `Removed`, behind which nothing comes of it. Its number may be used again then.
    RemoveCluster {
        /// Which one.
        cluster: u32,
    },
    /// Sends a datagram that is of no session here: an answer to a stranger, a handshake, a probe of a path.
    SendDatagram {
        /// By whose socket.
        cluster: u32,
        /// At a socket of IPv6, addresses of IPv4 are mapped.
        to: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// Handles a datagram as if it had come just now: the owner got it, and its session was handed over meanwhile.
    HandleDatagram {
        /// Whose socket received it.
        cluster: u32,
        /// The sender.
        from: SocketAddr,
        /// The UDP payload.
        bytes: Vec<u8>,
    },
    /// Sends a Portal API message.
    SendMessage {
        /// Whose port sends it.
        cluster: u32,
        /// It fits into a frame.
        message: Vec<u8>,
    },
    /// Sends a Portal API message, and again each interval while the partner is there, until another one is given.
    RepeatMessage {
        /// Whose port sends it.
        cluster: u32,
        /// It fits into a frame.
        message: Vec<u8>,
        /// The time between two.
        interval: Duration,
    },
    /// A message of the partner's is not told any more when it comes again.
    SetKnownMessage {
        /// Whose port receives it.
        cluster: u32,
        /// Empty: all are told.
        message: Vec<u8>,
        /// Where it is noted that it came.
        heard: Arc<Heard>,
    },
    /// Sends a packet that the owner has received of a session before it handed that over.
    SendPacket {
        /// Whose port sends it.
        cluster: u32,
        /// 1 or more.
        handle: u32,
        /// One byte or more.
        packet: Vec<u8>,
    },
    /// Takes over a session that is up.
    Adopt(Box<Adoption>),
    /// Packets that come from the cluster vertex under this handle go to the session from now on.
    SetRoute {
        /// Whose handle it is.
        cluster: u32,
        /// 1 or more.
        handle: u32,
        /// One of the same cluster.
        session: u32,
    },
    /// Packets under this handle are dropped from now on.
    RemoveRoute {
        /// Whose handle it is.
        cluster: u32,
        /// 1 or more.
        handle: u32,
    },
    /// Packets that the session receives, and has received since before it was adopted, go to the cluster vertex under this handle from
    /// now on. Until the first such order they wait.
    SetHandle {
        /// Whose packets.
        session: u32,
        /// 0: they are dropped.
        handle: u32,
    },
    /// The session's packets go there from now on, and nowhere else.
    SetAddress {
        /// Whose packets.
        session: u32,
        /// The peer's address.
        to: SocketAddr,
    },
    /// Copies of the session's packets go there, too, until they have so many bytes. Bytes for the same address add up; another address
    /// replaces the last.
    AddCopies {
        /// Whose packets.
        session: u32,
        /// Where its peer may be.
        to: SocketAddr,
        /// Bytes that may be sent there.
        bytes: usize,
    },
    /// The session sends at this rate and no faster.
    SetRate {
        /// Whose packets.
        session: u32,
        /// Bytes per second, headers of IP and UDP included; 0: as many as the path takes.
        rate: u64,
    },
    /// Another size of UDP payloads is proven.
    SetPayload {
        /// Whose packets.
        session: u32,
        /// Bytes.
        payload: u16,
    },
    /// Sends bytes on stream 0.
    SendStream {
        /// Whose stream.
        session: u32,
        /// They wait for credit.
        bytes: Vec<u8>,
    },
    /// Sends a probe: a packet that is not counted.
    SendProbe {
        /// Whose packet.
        session: u32,
        /// 1 to `LINK_MTU` bytes.
        packet: Vec<u8>,
    },
    /// Has a packet sent that asks for an acknowledgement.
    Ping {
        /// To whose peer.
        session: u32,
    },
    /// Packets of the cluster may be forwarded here, once there is a table.
    OpenTransit {
        /// Whose packets.
        cluster: u32,
        /// Random numbers.
        seeds: Seeds,
    },
    /// Says what a link is, for transit.
    SetTransitLink {
        /// Whose link.
        cluster: u32,
        /// Its number in changes.
        link: u32,
        /// Its state from now on.
        row: LinkRow,
    },
    /// Begins a label table: see [`Transit`](florenetes_wire::mesh::Transit).
    BeginTransit {
        /// Whose table.
        cluster: u32,
        /// A number that none had before it.
        table: u32,
        /// It holds when so many changes were taken.
        whole: u32,
        /// They hold with it.
        limits: TransitLimits,
    },
    /// Changes a label table: `TransitTaken`, unless that table is gone.
    ChangeTransit {
        /// Whose table.
        cluster: u32,
        /// Which one.
        table: u32,
        /// The number of the first of the changes. Those that were taken are not taken again.
        first: u32,
        /// They stand in an order.
        changes: Vec<TransitChange>,
    },
    /// A label table is not wanted any more.
    DropTransit {
        /// Whose table.
        cluster: u32,
        /// Which one, whether it holds or not.
        table: u32,
    },
    /// Asks for counts that a reader does not know: `TransitCounted`, unless there are none, or another table holds.
    TellTransit {
        /// Whose counts.
        cluster: u32,
        /// By whose numbers of links.
        table: u32,
        /// Another one than the last knows nothing.
        reader: u32,
        /// The report that the reader has taken now, and asks for more than it could hold; 0: none.
        taken: u32,
    },
    /// Ends the session: the peer is told, then `Left` follows.
    Close {
        /// Which one.
        session: u32,
        /// The application's code.
        code: u64,
        /// For people.
        reason: String,
    },
}

/// A session that is up, as the lane takes it over.
pub struct Adoption {
    /// The number that it has from now on, of the owner's choice; no other session of the lane has it.
    pub session: u32,
    /// Whose socket and port it uses.
    pub cluster: u32,
    /// Its connection, whose clock is the lane's.
    pub connection: Guarded,
    /// The connection ID of ours that leads to it.
    pub own_id: [u8; ID_LENGTH],
    /// Where its peer is.
    pub peer: SocketAddr,
    /// An originator hears its peer from there only.
    pub is_originator: bool,
    /// Largest UDP payload that is proven to get through.
    pub payload: u16,
    /// The bytes that its probes begin with.
    pub probe_key: [u8; PROBE_KEY_LENGTH],
    /// Silence after which the peer is dead.
    pub dead_after: Duration,
    /// Where its counts are to be seen.
    pub counts: Arc<LiveCounts>,
}
