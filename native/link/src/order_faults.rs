//! Orders that cannot be carried out: an owner who gives one has failed, and the thread must not fail with it.

use florenetes_io::limits::{SOCKETS_MAX, UDP_PAYLOAD_MAX};
use florenetes_lane::LaneOrder;
use florenetes_lane::faults::{fault_of, known_message_fault, message_fault, packet_fault, repeat_fault};
use florenetes_wire::limits::LINK_MTU;

use crate::limits::{DEAD_AFTER_MAX, DEAD_AFTER_MIN, PAYLOAD_MIN, QUIET_MAX, RATE_MAX};
use crate::order::{Adoption, Order};

impl Order {
    /// The cluster that the order names.
    fn cluster(&self) -> Option<u32> {
        match self {
            Self::OpenUdp { cluster, .. }
            | Self::OpenPort { cluster, .. }
            | Self::CloseUdp { cluster }
            | Self::ClosePort { cluster }
            | Self::RemoveCluster { cluster }
            | Self::SendDatagram { cluster, .. }
            | Self::HandleDatagram { cluster, .. }
            | Self::SendMessage { cluster, .. }
            | Self::RepeatMessage { cluster, .. }
            | Self::SetKnownMessage { cluster, .. }
            | Self::SendPacket { cluster, .. }
            | Self::SetRoute { cluster, .. }
            | Self::RemoveRoute { cluster, .. }
            | Self::OpenTransit { cluster, .. }
            | Self::SetTransitLink { cluster, .. }
            | Self::BeginTransit { cluster, .. }
            | Self::ChangeTransit { cluster, .. }
            | Self::DropTransit { cluster, .. }
            | Self::TellTransit { cluster, .. } => Some(*cluster),
            Self::Adopt(adoption) => Some(adoption.cluster),
            _ => None,
        }
    }
}

impl LaneOrder for Order {
    fn fault(&self) -> Option<&'static str> {
        // Each cluster that was ever named is kept.
        if self.cluster().is_some_and(|cluster| cluster as usize >= SOCKETS_MAX) {
            return Some("clusters are numbered below 256");
        }
        match self {
            Self::SendMessage { message, .. } => message_fault(message),
            Self::RepeatMessage { message, interval, .. } => repeat_fault(message, *interval),
            Self::SetKnownMessage { message, .. } => known_message_fault(message),
            Self::SendPacket { handle: 0, .. }
            | Self::SetRoute { handle: 0, .. }
            | Self::RemoveRoute { handle: 0, .. } => Some("a handle is 1 or more"),
            Self::SendPacket { packet, .. } => packet_fault(packet),
            Self::SendProbe { packet, .. } => fault_of(1..=LINK_MTU, packet.len(), "a probe has 1 to LINK_MTU bytes"),
            Self::SetRate { rate, .. } => (*rate > RATE_MAX).then_some("a rate is at most 1 Tbit/s"),
            Self::Adopt(adoption) => {
                let Adoption { payload, dead_after, quiet, .. } = &**adoption;
                let is_time = (DEAD_AFTER_MIN..=DEAD_AFTER_MAX).contains(dead_after);
                payload_fault(*payload)
                    .or((!is_time).then_some("nobody is dead after no time, or after days"))
                    .or((*quiet > QUIET_MAX).then_some("no link is quiet for days"))
            }
            _ => None,
        }
    }

    /// A datagram, a packet, or a message that its sender repeats, as changes of a label table are.
    fn lossy_bytes(&self) -> Option<usize> {
        match self {
            Self::SendDatagram { bytes, .. } | Self::HandleDatagram { bytes, .. } => Some(bytes.len()),
            Self::SendMessage { message, .. } => Some(message.len()),
            Self::SendPacket { packet, .. } | Self::SendProbe { packet, .. } => Some(packet.len()),
            Self::ChangeTransit { changes, .. } => Some(size_of_val(&**changes)),
            Self::TellTransit { .. } => Some(0),
            _ => None,
        }
    }
}

fn payload_fault(payload: u16) -> Option<&'static str> {
    let sizes = PAYLOAD_MIN.into()..=UDP_PAYLOAD_MAX;
    fault_of(sizes, payload.into(), "a UDP payload has 1,200 to 16,383 bytes")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use florenetes_florio::Heard;
    use florenetes_florio::limits::{MESSAGE_SIZE_MAX, PACKET_SIZE_MAX};

    use super::*;

    #[test]
    fn an_order_at_its_bound_is_carried_out_and_one_beyond_it_is_not() {
        let message = |size| Order::SendMessage { cluster: 0, message: vec![0; size] };
        let packet = |handle, size| Order::SendPacket { cluster: 0, handle, packet: vec![0; size] };
        let probe = |size| Order::SendProbe { session: 0, packet: vec![0; size] };
        let rate = |rate| Order::SetRate { session: 0, rate };
        let close = |cluster| Order::ClosePort { cluster };
        let route = |handle| Order::SetRoute { cluster: 0, handle, session: 1 };
        let repeat = |size, ms| {
            let interval = Duration::from_millis(ms);
            Order::RepeatMessage { cluster: 0, message: vec![0; size], interval }
        };
        let heard = Arc::new(Heard::new(Instant::now()));
        let known = |size| Order::SetKnownMessage { cluster: 0, message: vec![0; size], heard: Arc::clone(&heard) };
        for (good, bad) in [
            (repeat(1, 1), repeat(0, 1)),
            (repeat(MESSAGE_SIZE_MAX, 1), repeat(MESSAGE_SIZE_MAX + 1, 1)),
            (repeat(1, 1), repeat(1, 0)),
            (known(MESSAGE_SIZE_MAX), known(MESSAGE_SIZE_MAX + 1)),
            (message(1), message(0)),
            (message(MESSAGE_SIZE_MAX), message(MESSAGE_SIZE_MAX + 1)),
            (packet(1, 1), packet(0, 1)),
            (packet(1, PACKET_SIZE_MAX), packet(1, PACKET_SIZE_MAX + 1)),
            (probe(1), probe(0)),
            (probe(LINK_MTU), probe(LINK_MTU + 1)),
            (rate(RATE_MAX), rate(RATE_MAX + 1)),
            (route(1), route(0)),
            (Order::RemoveRoute { cluster: 0, handle: 1 }, Order::RemoveRoute { cluster: 0, handle: 0 }),
            (close(SOCKETS_MAX as u32 - 1), close(SOCKETS_MAX as u32)),
        ] {
            assert_eq!(good.fault(), None);
            assert!(bad.fault().is_some());
        }
    }

    #[test]
    fn a_session_that_is_handed_over_has_a_time_after_which_its_peer_is_dead_and_a_payload_that_paths_carry() {
        let adoption_of = |payload: u16, dead_after, quiet| {
            Order::Adopt(Box::new(Adoption {
                session: 1,
                cluster: 0,
                connection: florenetes_engine::Guarded::default(),
                own_id: [0; 8],
                peer: std::net::SocketAddr::from(([127, 0, 0, 1], 9)).into(),
                is_originator: false,
                payload,
                probe_key: [0; 16],
                dead_after,
                quiet,
                counts: Arc::default(),
            }))
        };
        let adoption = |payload, dead_after| adoption_of(payload, dead_after, Duration::ZERO);
        let largest = UDP_PAYLOAD_MAX as u16;
        for (payload, dead_after) in [(PAYLOAD_MIN, DEAD_AFTER_MIN), (largest, DEAD_AFTER_MAX)] {
            assert_eq!(adoption(payload, dead_after).fault(), None);
        }
        for time in [Duration::ZERO, Duration::MAX] {
            assert!(adoption(PAYLOAD_MIN, time).fault().is_some(), "{time:?}");
        }
        assert_eq!(adoption_of(PAYLOAD_MIN, DEAD_AFTER_MIN, QUIET_MAX).fault(), None);
        assert!(adoption_of(PAYLOAD_MIN, DEAD_AFTER_MIN, QUIET_MAX + DEAD_AFTER_MIN).fault().is_some());
        for payload in [PAYLOAD_MIN - 1, largest + 1] {
            assert!(adoption(payload, DEAD_AFTER_MIN).fault().is_some(), "{payload}");
        }
    }
}
