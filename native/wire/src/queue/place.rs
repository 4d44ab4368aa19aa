use crate::limits::{FIXED_SIZE, LABEL_COUNT_MAX, QUEUE_FLOWS, SHARE_MAX, VERSION};
use crate::mesh::{TrafficClass, header_size};

/// The offset of the last byte of a mesh packet's ConnectionId, which is random.
const CONNECTION_ID_END: usize = FIXED_SIZE - 1;

/// The offset of the index of the word that the next vertex reads.
const CURSOR: usize = 3;

/// The group of the vertex itself, which no link shares.
pub(super) const OWN_GROUP: u32 = 0;

/// The place of packets without a share, which no share has.
pub(super) const UNSHARED: u8 = 0;

/// The place where a packet waits: by its in-link, then its class, then its share, then its connection. Connections have a fixed number of flows, so
/// that invented ConnectionIds cost no memory. Each queue gives places of their own to its in-links, and to the shares of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) class: TrafficClass,
    /// [`OWN_GROUP`], or 1 + the in-link's number, or, inside a queue, the in-link's place.
    pub(super) group: u32,
    /// Inside a queue, the place of the packet's share. Outside it is [`UNSHARED`]: few packets have to wait, so the queue looks for shares.
    pub(super) share: u8,
    pub(super) flow: u8,
}

impl Place {
    /// The place of packets that a link vertex itself sends.
    pub const PROBE: Self = Self { class: TrafficClass::Reliable, group: OWN_GROUP, share: UNSHARED, flow: 0 };

    /// The place of any bytes that came by a link; `None`: they came from the cluster vertex.
    pub fn of(packet: &[u8], in_link: Option<u32>) -> Self {
        let is_mesh_packet = packet.len() >= FIXED_SIZE && packet[0] >> 4 == VERSION;
        let flow = if is_mesh_packet { usize::from(packet[CONNECTION_ID_END]) % QUEUE_FLOWS } else { 0 };
        let group = in_link.map_or(OWN_GROUP, |link| 1 + link);
        Self { class: TrafficClass::of(packet), group, share: UNSHARED, flow: flow as u8 }
    }

    pub(super) fn is_own(self) -> bool {
        self.group == OWN_GROUP
    }
}

/// The share of any bytes that came by a link, 1 to 4,095; 0: they have none, or are no mesh packet. `pop` writes it into the word before the cursor.
pub(super) fn share_before(packet: &[u8]) -> u16 {
    if packet.len() < FIXED_SIZE || packet[0] >> 4 != VERSION {
        return 0;
    }
    let cursor = usize::from(packet[CURSOR]);
    let end = header_size(cursor);
    if cursor == 0 || cursor >= LABEL_COUNT_MAX || end > packet.len() {
        return 0;
    }
    u16::from_be_bytes([packet[end - 2], packet[end - 1]]) & SHARE_MAX as u16
}
