use crate::limits::QUEUE_PACKET_LOAD;
use std::ops::{AddAssign, SubAssign};

/// The number of packets in a part of a queue, and their bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Load {
    pub(super) packets: usize,
    pub(super) bytes: usize,
}

impl Load {
    pub(super) fn of_packet(length: usize) -> Self {
        Self { packets: 1, bytes: length }
    }

    /// The share of the queue, in one measure: small packets use up the number of packets, and large ones the bytes.
    pub(super) fn size(self) -> usize {
        self.bytes + self.packets * QUEUE_PACKET_LOAD
    }
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        self.packets += other.packets;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Load {
    fn sub_assign(&mut self, other: Self) {
        self.packets -= other.packets;
        self.bytes -= other.bytes;
    }
}

/// The index of the largest size; the first of several.
pub(super) fn largest_of(count: usize, size_of: impl Fn(usize) -> usize) -> usize {
    let mut largest = (0, 0);
    for index in 0..count {
        let size = size_of(index);
        if size > largest.1 {
            largest = (index, size);
        }
    }
    largest.0
}
