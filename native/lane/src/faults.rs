//! Rules of what orders of both lanes name. Each returns the rule that is broken, if it is.

use std::ops::RangeInclusive;
use std::time::Duration;

use florenetes_florio::limits::{MESSAGE_SIZE_MAX, PACKET_SIZE_MAX};

/// `rule` says what `size` must be.
pub fn fault_of(sizes: RangeInclusive<usize>, size: usize, rule: &'static str) -> Option<&'static str> {
    (!sizes.contains(&size)).then_some(rule)
}

/// A message that is sent once has at least a byte, and fits into a frame.
pub fn message_fault(message: &[u8]) -> Option<&'static str> {
    fault_of(1..=MESSAGE_SIZE_MAX, message.len(), "a message fits into a frame")
}

/// A message that is sent again and again is one, and is sent after some time.
pub fn repeat_fault(message: &[u8], interval: Duration) -> Option<&'static str> {
    message_fault(message).or(interval.is_zero().then_some("a message is repeated after some time"))
}

/// A message of the partner's that is no news fits into a frame. An empty one: there is none.
pub fn known_message_fault(message: &[u8]) -> Option<&'static str> {
    fault_of(0..=MESSAGE_SIZE_MAX, message.len(), "a message fits into a frame")
}

/// A mesh packet has at least a byte, and fits into a frame.
pub fn packet_fault(packet: &[u8]) -> Option<&'static str> {
    fault_of(1..=PACKET_SIZE_MAX, packet.len(), "a packet fits into a frame")
}
