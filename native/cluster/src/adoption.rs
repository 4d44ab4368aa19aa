use florenetes_engine::Guarded;
use florenetes_wire::mesh::TrafficClass;

/// Where packets of a connection go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The link that they leave by; none: they are for this vertex itself.
    pub out_link: Option<u32>,
    /// The words of their header.
    pub words: Vec<u32>,
}

/// The use of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Its streams come from tunnels.
    Originator {
        /// Theirs.
        trunk: u32,
    },
    /// Its streams go to a service.
    Acceptor {
        /// Which one.
        service: u32,
    },
}

/// A connection as the lane takes it over: the last byte that was read is that of the peer's hello, and no stream but the control stream was
/// touched.
pub struct Adoption {
    /// The number that it has from now on, of the owner's choice; no other connection of the lane has it.
    pub connection: u32,
    /// The connection, whose clock is the lane's.
    pub quic: Guarded,
    /// Its ConnectionId.
    pub id: u64,
    /// Its use.
    pub role: Role,
    /// Where its packets go; an acceptor's follow the newest packet.
    pub way: Way,
    /// Largest QUIC packet.
    pub payload_max: u16,
    /// All its packets are of this class.
    pub traffic_class: TrafficClass,
    /// Its datagrams are not cut.
    pub is_uncut: bool,
    /// Its successor is up: it drains from the beginning.
    pub is_draining: bool,
    /// Bytes of control messages that wait for credit.
    pub control_unsent: Vec<u8>,
    /// Bytes that a service's target gets before all others of a stream, if it is told who has connected.
    pub target_prefix: Vec<u8>,
    /// The principal at the other end.
    pub peer: String,
}
