use crate::limits::{FIXED_SIZE, QUEUE_FLOWS, VERSION};
use crate::mesh::TrafficClass;

/// Byte of a mesh packet that is the last one of its ConnectionId, which is random.
const CONNECTION_ID_END: usize = FIXED_SIZE - 1;

/// The group of the vertex itself, which nobody shares.
pub(super) const OWN_GROUP: u32 = 0;

/// The place where a packet waits: by the link that it came by, then its class, then its connection. Connections share a fixed number of places, so that
/// they cost nothing: IDs are cheap to invent. In-links have places of their own, which a queue gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) class: TrafficClass,
    /// [`OWN_GROUP`]; else 1 + the in-link's number, or the place that it has.
    pub(super) group: u32,
    pub(super) flow: u8,
}

impl Place {
    /// The place of all that a link vertex itself sends beside the packets of others.
    pub const PROBE: Self = Self { class: TrafficClass::Reliable, group: OWN_GROUP, flow: 0 };

    /// The place of a packet, which may be anything, and came in on that link; `None`: it came from the cluster vertex.
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
