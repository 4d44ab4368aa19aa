use crate::limits::{FIXED_SIZE, QUEUE_FLOWS, QUEUE_GROUPS, VERSION};
use crate::mesh::TrafficClass;

/// Byte of a mesh packet that is the last one of its ConnectionId, which is random.
const CONNECTION_ID_END: usize = FIXED_SIZE - 1;

/// Where a packet waits: its class, then the link that it came by, then its connection. Links and connections share a fixed number of
/// places, so that neither costs anything: IDs are cheap to invent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) class: TrafficClass,
    /// 0 is the vertex itself, and links share the others.
    pub(super) group: u8,
    pub(super) flow: u8,
}

impl Place {
    /// The place of all that a link vertex itself sends beside the packets of others.
    pub const PROBE: Self = Self { class: TrafficClass::Reliable, group: 0, flow: 0 };

    /// The place of a packet, which may be anything, and came in on that link; `None`: it came from the cluster vertex.
    pub fn of(packet: &[u8], in_link: Option<u32>) -> Self {
        let is_mesh_packet = packet.len() >= FIXED_SIZE && packet[0] >> 4 == VERSION;
        let group = in_link.map_or(0, |link| 1 + link as usize % (QUEUE_GROUPS - 1));
        let flow = if is_mesh_packet { usize::from(packet[CONNECTION_ID_END]) % QUEUE_FLOWS } else { 0 };
        Self { class: TrafficClass::of(packet), group: group as u8, flow: flow as u8 }
    }

    pub(super) fn is_own(self) -> bool {
        self.group == 0
    }

    pub(super) fn with_class(self, class: TrafficClass) -> Self {
        Self { class, ..self }
    }
}
