use crate::limits::{FIXED_SIZE, QUEUE_FLOWS, VERSION};
use crate::mesh::TrafficClass;

/// The offset of the last byte of a mesh packet's ConnectionId, which is random.
const CONNECTION_ID_END: usize = FIXED_SIZE - 1;

/// The group of the vertex itself, which no link shares.
pub(super) const OWN_GROUP: u32 = 0;

/// The place where a packet waits: by its in-link, then its class, then its connection. Connections share a fixed number of flows, so that invented
/// ConnectionIds cost no memory. Each queue gives its in-links places of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) class: TrafficClass,
    /// [`OWN_GROUP`], or 1 + the in-link's number, or, inside a queue, the in-link's place.
    pub(super) group: u32,
    pub(super) flow: u8,
}

impl Place {
    /// The place of packets that a link vertex itself sends.
    pub const PROBE: Self = Self { class: TrafficClass::Reliable, group: OWN_GROUP, flow: 0 };

    /// The place of any bytes that came by a link; `None`: they came from the cluster vertex.
    pub fn of(packet: &[u8], in_link: Option<u32>) -> Self {
        let is_mesh_packet = packet.len() >= FIXED_SIZE && packet[0] >> 4 == VERSION;
        let flow = if is_mesh_packet { usize::from(packet[CONNECTION_ID_END]) % QUEUE_FLOWS } else { 0 };
        let group = in_link.map_or(OWN_GROUP, |link| 1 + link);
        Self { class: TrafficClass::of(packet), group, flow: flow as u8 }
    }

    pub(super) fn is_own(self) -> bool {
        self.group == OWN_GROUP
    }
}
