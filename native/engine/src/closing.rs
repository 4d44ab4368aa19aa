//! The closing state of a connection, in which a peer that missed CONNECTION_CLOSE gets it again.

use crate::limits::CLOSE_HELD_MS;

/// Decides when a closed connection sends CONNECTION_CLOSE, and for how long it stays.
///
/// A peer that goes on sending is answered after its 1st, 2nd, 4th, 8th … packet. Answering each packet would make this end an amplifier.
#[derive(Debug)]
pub(crate) struct Closing {
    is_due: bool,
    has_left: bool,
    heard: u32,
    linger_ms: f64,
    deadline: f64,
}

impl Closing {
    /// Begins with a CONNECTION_CLOSE still to be sent. After it has left, the connection stays for `linger_ms`, three probe timeouts.
    pub(crate) fn new(now: f64, linger_ms: f64) -> Self {
        Self { is_due: true, has_left: false, heard: 0, linger_ms, deadline: now + CLOSE_HELD_MS }
    }

    /// Whether CONNECTION_CLOSE may be sent now.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due
    }

    /// Notes that a packet with CONNECTION_CLOSE has left.
    pub(crate) fn handle_sent(&mut self, now: f64) {
        self.is_due = false;
        if !self.has_left {
            self.has_left = true;
            self.deadline = now + self.linger_ms;
        }
    }

    /// Notes a further packet of the peer.
    pub(crate) fn handle_packet(&mut self) {
        self.heard = self.heard.saturating_add(1);
        self.is_due |= self.heard.is_power_of_two();
    }

    /// When the connection can be forgotten.
    pub(crate) fn deadline(&self) -> f64 {
        self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_goes_on_is_answered_ever_more_seldom() {
        let mut closing = Closing::new(0.0, 30.0);
        closing.handle_sent(1.0);
        let mut answers = Vec::new();
        for packet in 1..=20 {
            closing.handle_packet();
            if closing.is_due() {
                answers.push(packet);
                closing.handle_sent(f64::from(packet));
            }
        }
        assert_eq!(answers, [1, 2, 4, 8, 16]);
        assert_eq!(closing.deadline(), 31.0);
    }

    #[test]
    fn an_end_that_nobody_takes_waits_and_then_is_given_up() {
        let mut closing = Closing::new(5.0, 30.0);
        assert_eq!(closing.deadline(), 5.0 + CLOSE_HELD_MS);
        closing.handle_sent(1_000.0);
        assert_eq!(closing.deadline(), 1_030.0);
    }
}
