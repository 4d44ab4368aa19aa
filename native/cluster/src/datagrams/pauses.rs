use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use florenetes_io::udp::UdpPeer;

use crate::limits::{FLOW_RETRY_INTERVAL, FLOWS_MAX};

/// Clients whose flows were refused a moment ago, and who may not try again yet. All wait equally long. Where there are too many, the longest waiting
/// client may try again early.
#[derive(Default)]
pub(crate) struct Pauses {
    until: HashMap<UdpPeer, Instant>,
    in_order: VecDeque<(Instant, UdpPeer)>,
}

impl Pauses {
    pub(crate) fn add(&mut self, client: UdpPeer, now: Instant) {
        self.expire(now);
        if self.in_order.len() >= FLOWS_MAX {
            self.pop();
        }
        let until = now + FLOW_RETRY_INTERVAL;
        self.until.insert(client, until);
        self.in_order.push_back((until, client));
    }

    pub(crate) fn has(&mut self, client: &UdpPeer, now: Instant) -> bool {
        self.expire(now);
        self.until.contains_key(client)
    }

    fn expire(&mut self, now: Instant) {
        while self.in_order.front().is_some_and(|(until, _)| *until <= now) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some((until, client)) = self.in_order.pop_front() else { return };
        if self.until.get(&client) == Some(&until) {
            self.until.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use std::time::Duration;

    #[test]
    fn a_client_may_try_again_after_a_while_and_the_oldest_make_room() {
        let (mut pauses, start) = (Pauses::default(), Instant::now());
        let client = |port| UdpPeer::from(SocketAddr::from(([127, 0, 0, 1], port)));
        for port in 0..=FLOWS_MAX as u16 {
            pauses.add(client(port), start);
        }
        assert_eq!([0, 1].map(|port| pauses.has(&client(port), start)), [false, true]);
        let later = start + FLOW_RETRY_INTERVAL / 2;
        pauses.add(client(1), later);
        let end = start + FLOW_RETRY_INTERVAL;
        assert!(pauses.has(&client(2), end - Duration::from_millis(1)));
        assert_eq!([1, 2].map(|port| pauses.has(&client(port), end)), [true, false]);
        assert!(!pauses.has(&client(1), later + FLOW_RETRY_INTERVAL));
        assert!(pauses.in_order.is_empty() && pauses.until.is_empty());
    }
}
