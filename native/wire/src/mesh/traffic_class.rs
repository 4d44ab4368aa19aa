use crate::limits::{FIXED_SIZE, VERSION};

/// The kind of traffic that a packet is of, by its number on the wire: three bits of the flags. Links order their queues by it; nobody
/// on the way changes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TrafficClass {
    /// Packets that ask for no other class.
    #[default]
    Reliable = 0,
    /// Messages among vertices: they go first, but few of them.
    Control = 1,
    /// Questions for names, and their answers.
    Dns = 2,
    /// Packets that somebody waits for.
    Interactive = 3,
    /// Packets that nobody waits for.
    Bulk = 4,
    /// Packets that go last, and are the first to be thrown away.
    Droppable = 5,
}

impl TrafficClass {
    /// All of them, by their numbers.
    pub const ALL: [Self; 6] =
        [Self::Reliable, Self::Control, Self::Dns, Self::Interactive, Self::Bulk, Self::Droppable];

    /// Whether it is in a set of classes, which has the bit of each.
    pub fn is_in(self, classes: u8) -> bool {
        classes >> self as u8 & 1 == 1
    }

    /// Whether its senders let all others go first: their congestion control keeps a shorter queue in the path, behind which the others wait.
    pub fn is_yielding(self) -> bool {
        matches!(self, Self::Bulk | Self::Droppable)
    }

    /// The class of a number; one that means nothing is `Reliable`.
    pub fn numbered(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// Says of a packet, whose header has just been written, that it is of this class.
    pub fn write(self, packet: &mut [u8]) {
        packet[0] |= (self as u8) << 1;
    }

    /// The class of a packet, which may be anything: what is no mesh packet, or has a number that means nothing, is `Reliable`, so
    /// that it gains nothing.
    pub fn of(packet: &[u8]) -> Self {
        if packet.len() < FIXED_SIZE || packet[0] >> 4 != VERSION {
            return Self::Reliable;
        }
        Self::numbered(packet[0] >> 1 & 0b111)
    }
}
