use crate::limits::{FIXED_SIZE, VERSION};

/// The traffic class of a packet: three bits of the flags. The queues of links use it, and no vertex on the way changes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TrafficClass {
    /// Packets that ask for no other class.
    #[default]
    Reliable = 0,
    /// Messages among vertices, which go first up to a bound.
    Control = 1,
    /// DNS questions and answers.
    Dns = 2,
    /// Packets that somebody waits for.
    Interactive = 3,
    /// Packets that nobody waits for.
    Bulk = 4,
    /// Packets that go last, and are dropped first.
    Droppable = 5,
}

impl TrafficClass {
    /// All classes, by their numbers.
    pub const ALL: [Self; 6] =
        [Self::Reliable, Self::Control, Self::Dns, Self::Interactive, Self::Bulk, Self::Droppable];

    /// Whether the class is in a set of classes, which has a bit for each.
    pub fn is_in(self, classes: u8) -> bool {
        classes >> self as u8 & 1 == 1
    }

    /// Whether senders of the class yield to all others: their congestion control keeps a shorter queue in the path, so that others wait less behind
    /// it.
    pub fn is_yielding(self) -> bool {
        matches!(self, Self::Bulk | Self::Droppable)
    }

    /// The class with this number; an unknown number means `Reliable`.
    pub fn numbered(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// Writes the class into a packet whose header has just been written.
    pub fn write(self, packet: &mut [u8]) {
        packet[0] |= (self as u8) << 1;
    }

    /// The class of any bytes. Bytes that are no mesh packet, or that have an unknown class, count as `Reliable`, so that they gain nothing.
    pub fn of(packet: &[u8]) -> Self {
        if packet.len() < FIXED_SIZE || packet[0] >> 4 != VERSION {
            return Self::Reliable;
        }
        Self::numbered(packet[0] >> 1 & 0b111)
    }
}
