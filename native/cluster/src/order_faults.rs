//! Orders and settings that cannot be carried out. An owner that gives one has a defect, and the thread must not fail with it.

use std::time::Duration;

use florenetes_lane::LaneOrder;
use florenetes_lane::faults::{fault_of, known_message_fault, message_fault, packet_fault, repeat_fault};
use florenetes_wire::limits::{LABEL_COUNT_MAX, LINKS_MAX};
use florenetes_wire::slot::slot_of;

use crate::datagrams::are_own_datagrams;
use crate::limits::{
    ADDRESSES_MAX, AMOUNT_MAX, CHUNK_SIZE, CONTROL_WAITING_MAX, NUMBERS_MAX, OWN_NUMBERS_MIN, PAYLOAD_MAX, PAYLOAD_MIN,
    PREFIX_SIZE_MAX, PRINCIPAL_SIZE_MAX, STREAMS_PER_CONNECTION_MAX, TIME_MAX, TIME_MIN, TRUNK_CONNECTIONS_MAX,
};
use crate::order::{Adoption, Forgotten, Order, Role, Settings, Target, Way};

impl LaneOrder for Order {
    fn fault(&self) -> Option<&'static str> {
        match self {
            Self::OpenPort { port, .. } => number_fault(*port),
            Self::SendMessage { message, .. } => message_fault(message),
            Self::RepeatMessage { message, interval, .. } => repeat_fault(message, *interval),
            Self::SetKnownMessage { message, .. } => known_message_fault(message),
            Self::SendPacket { handle: 0, .. } => Some("a handle is 1 or more"),
            Self::SendPacket { packet, .. } | Self::DeliverPacket { packet, .. } => packet_fault(packet),
            Self::SetLink { link, .. } if slot_of(*link) >= LINKS_MAX => Some("links have slots below 65,536"),
            Self::SetLink { link, .. } => number_fault(*link),
            Self::SetGrant { service, .. } => number_fault(*service),
            Self::Forget { what: Forgotten::Service(number) | Forgotten::Trunk(number) } => number_fault(*number),
            Self::SetService { service, target, flow_idle, .. } => {
                number_fault(*service).or(target_fault(target)).or(flow_fault(target, *flow_idle))
            }
            Self::OpenStream { workload, .. } if *workload < OWN_NUMBERS_MIN => {
                Some("streams of the owner's choice are numbered from 2,147,483,648 on")
            }
            Self::OpenStream { trunk, .. } => number_fault(*trunk),
            Self::ResetStream { code, .. } if *code > u16::MAX.into() => {
                Some("a stream is reset by a code of two bytes")
            }
            Self::SendDatagrams { bytes } if !are_own_datagrams(bytes) => {
                Some("datagrams stand behind their flows and lengths, 65,507 bytes at most, and have 64 KB together")
            }
            Self::WriteStream { bytes, .. } => {
                fault_of(1..=CHUNK_SIZE, bytes.len(), "a stream is given 1 byte to 64 KB at a time")
            }
            Self::Resolved { addresses: Ok(addresses), .. } => addresses_fault(addresses.len()),
            Self::Listen { tunnel, trunk, .. } | Self::LeadTunnel { tunnel, trunk } => {
                number_fault(*tunnel).or(number_fault(*trunk))
            }
            Self::LeadOwn { former, trunk, .. } => number_fault(*former).or(number_fault(*trunk)),
            Self::SetStreamsPerConnection { streams } => share_fault(*streams),
            Self::SetConnectWait { wait, .. } if *wait > TIME_MAX => Some("nobody waits for longer than a day"),
            Self::SetBeside { connections, .. } if connections.len() >= TRUNK_CONNECTIONS_MAX => {
                Some("a trunk has at most four connections beside each other")
            }
            Self::SetCurrent { trunk, .. }
            | Self::SetBeside { trunk, .. }
            | Self::Hold { trunk, .. }
            | Self::SetUnreachable { trunk, .. }
            | Self::RefuseWaiting { trunk, .. } => number_fault(*trunk),
            Self::Adopt(adoption) => adoption.fault(),
            Self::SetWay { way, .. } => way_fault(way),
            Self::SendControl { bytes, .. } => control_fault(bytes.len()),
            Self::Shrink { payload_max, .. } => payload_fault(*payload_max),
            _ => None,
        }
    }

    /// The size of an order that may be lost: a packet, or something that its sender repeats.
    fn lossy_bytes(&self) -> Option<usize> {
        match self {
            Self::SendMessage { message, .. } => Some(message.len()),
            Self::SendPacket { packet, .. } | Self::DeliverPacket { packet, .. } => Some(packet.len()),
            Self::SendDatagrams { bytes } => Some(bytes.len()),
            Self::RepeatClose { .. } => Some(0),
            _ => None,
        }
    }
}

impl Adoption {
    fn fault(&self) -> Option<&'static str> {
        let number = match self.role {
            Role::Originator { trunk } => trunk,
            Role::Acceptor { service } => service,
        };
        number_fault(number)
            .or(way_fault(&self.way))
            .or(payload_fault(self.payload_max))
            .or(control_fault(self.control_unsent.len()))
            .or(fault_of(
                0..=PREFIX_SIZE_MAX,
                self.target_prefix.len(),
                "a target gets no more than 1 KB before all else",
            ))
            .or((self.quiet > TIME_MAX).then_some("no connection is quiet for days"))
            .or(fault_of(0..=PRINCIPAL_SIZE_MAX, self.peer.len(), "a principal's name has no more than 1 KB"))
    }
}

impl Settings {
    /// The rule that the settings break, if they do.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let limits = &self.limits;
        let times = [
            limits.connect_wait,
            limits.silence,
            limits.repeat_after,
            limits.repeat_every,
            limits.unreachable,
            limits.repeat_idle,
            limits.ping_busy,
            limits.ping_idle,
            limits.ping_path,
            limits.open,
            limits.dial,
            limits.closing,
            limits.linger,
            limits.finish,
        ];
        // With an amount of 0, a turn would never be done.
        let amounts = [
            limits.stream_window,
            limits.stream_window_max,
            limits.memory_per_stream,
            limits.packets_per_turn as u64,
            limits.bytes_per_stream_turn as u64,
            limits.opens_per_turn as u64,
            limits.control_messages_per_turn as u64,
        ];
        if !times.iter().all(|time| (TIME_MIN..=TIME_MAX).contains(time)) {
            return Some("a time is 1 ms to a day");
        }
        if !amounts.iter().all(|amount| (1..=AMOUNT_MAX).contains(amount)) {
            return Some("a bound is 1 to 4 billion");
        }
        share_fault(limits.streams_per_connection)
    }
}

fn share_fault(streams: u64) -> Option<&'static str> {
    (!(1..=STREAMS_PER_CONNECTION_MAX).contains(&streams)).then_some("a connection takes 1 to 1,000,000 streams")
}

fn number_fault(number: u32) -> Option<&'static str> {
    (number >= NUMBERS_MAX).then_some("links, tunnels, trunks and services are numbered below 2,147,483,648")
}

fn target_fault(target: &Target) -> Option<&'static str> {
    match target {
        Target::Addresses(addresses) => addresses_fault(addresses.len()),
        Target::Unix(_) | Target::Name | Target::Owner => None,
    }
}

fn flow_fault(target: &Target, idle: Option<Duration>) -> Option<&'static str> {
    match (target, idle) {
        (_, None) => None,
        (Target::Unix(_), Some(_)) => Some("flows of datagrams have addresses, or the owner, as their targets"),
        (_, Some(idle)) => (!(TIME_MIN..=TIME_MAX).contains(&idle)).then_some("a flow is silent for 1 ms to a day"),
    }
}

fn addresses_fault(count: usize) -> Option<&'static str> {
    fault_of(1..=ADDRESSES_MAX, count, "a target has 1 to 64 addresses")
}

fn way_fault(way: &Way) -> Option<&'static str> {
    fault_of(1..=LABEL_COUNT_MAX, way.words.len(), "a way has 1 to 16 words")
}

fn payload_fault(payload: u16) -> Option<&'static str> {
    let sizes = PAYLOAD_MIN.into()..=PAYLOAD_MAX;
    fault_of(sizes, payload.into(), "a QUIC packet has 1,200 to 16,000 bytes")
}

fn control_fault(size: usize) -> Option<&'static str> {
    fault_of(0..=CONTROL_WAITING_MAX, size, "no more than 64 KB of control messages wait")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::net::SocketAddr;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Instant;

    use florenetes_florio::Heard;
    use florenetes_florio::limits::{MESSAGE_SIZE_MAX, PACKET_SIZE_MAX};
    use florenetes_wire::mesh::{Destination, LinkState, Seeds, TrafficClass, TransitLimits};

    use super::*;
    use crate::limits::{DATAGRAM_SIZE_MAX, Limits};
    use crate::order::Address;

    fn adoption(role: Role, words: usize, payload_max: usize, control: usize, prefix: usize) -> Order {
        Order::Adopt(adoption_of(role, words, payload_max, control, prefix).into())
    }

    pub(crate) fn adoption_of(role: Role, words: usize, payload_max: usize, control: usize, prefix: usize) -> Adoption {
        Adoption {
            connection: 1,
            quic: florenetes_engine::Guarded::default(),
            id: 2,
            role,
            way: Way { out_link: Some(0), words: vec![0; words] },
            payload_max: payload_max as u16,
            traffic_class: TrafficClass::Reliable,
            is_uncut: false,
            is_draining: false,
            quiet: Duration::ZERO,
            control_unsent: vec![0; control],
            target_prefix: vec![0; prefix],
            peer: String::new(),
        }
    }

    fn idle_service(target: Target, idle: Duration) -> Order {
        Order::SetService { service: 0, target, flow_idle: Some(idle), tells_principal: false, is_stopped: false }
    }

    #[test]
    fn an_order_at_its_bound_is_carried_out_and_one_beyond_it_is_not() {
        let message = |size| Order::SendMessage { port: 0, message: vec![0; size] };
        let repeat = |size, ms| {
            let interval = Duration::from_millis(ms);
            Order::RepeatMessage { port: 0, message: vec![0; size], interval }
        };
        let heard = Arc::new(Heard::new(Instant::now()));
        let known = |size| Order::SetKnownMessage { port: 0, message: vec![0; size], heard: Arc::clone(&heard) };
        let packet = |handle, size| Order::SendPacket { port: 0, handle, packet: vec![0; size] };
        let delivered = |size| {
            let destination = Destination::Connection;
            Order::DeliverPacket { in_link: Some(0), destination, packet: vec![0; size] }
        };
        let addresses = |count| vec![SocketAddr::from(([127, 0, 0, 1], 9)); count];
        let service = |service, count| {
            let target = Target::Addresses(addresses(count));
            Order::SetService { service, target, flow_idle: None, tells_principal: false, is_stopped: false }
        };
        let idle = |target, idle| idle_service(target, idle);
        let named = |size| {
            let adoption = adoption_of(Role::Acceptor { service: 0 }, 1, PAYLOAD_MAX, 0, 0);
            Order::Adopt(Adoption { peer: "p".repeat(size), ..adoption }.into())
        };
        let open = |workload, trunk, account| Order::OpenStream { workload, trunk, account, is_flow: false };
        let datagram = |size: usize| Order::SendDatagrams {
            bytes: [&[0; 4][..], &(size as u16).to_be_bytes(), &vec![0; size]].concat(),
        };
        let reset = |code| Order::ResetStream { workload: 0, code, text: String::new() };
        let write = |size| Order::WriteStream { workload: 0, bytes: vec![0; size] };
        let resolved = |count| Order::Resolved { service: 0, addresses: Ok(addresses(count)) };
        let listen = |tunnel, trunk| {
            let address = Address::Unix { path: PathBuf::new(), mode: 0, owner: None };
            Order::Listen { tunnel, trunk, address }
        };
        let current = |trunk| Order::SetCurrent { trunk, connection: None };
        let beside = |trunk, count| Order::SetBeside { trunk, connections: vec![0; count] };
        let hold = |trunk| Order::Hold { trunk, connection: 0 };
        let refuse = |trunk| Order::RefuseWaiting { trunk, code: 0, text: String::new() };
        let control = |size| Order::SendControl { connection: 0, bytes: vec![0; size] };
        let way = |words| Order::SetWay { connection: 0, way: Way { out_link: Some(0), words: vec![0; words] } };
        let shrink = |payload: usize| Order::Shrink { connection: 0, payload_max: payload as u16 };
        let trunk = |trunk| adoption(Role::Originator { trunk }, 1, PAYLOAD_MAX, 0, 0);
        let of_service = |service| adoption(Role::Acceptor { service }, 1, PAYLOAD_MAX, 0, 0);
        let prefixed = |prefix| adoption(Role::Acceptor { service: 0 }, 1, PAYLOAD_MAX, 0, prefix);
        let adopted = |words, payload, control| adoption(Role::Acceptor { service: 0 }, words, payload, control, 0);
        let payload_min = usize::from(PAYLOAD_MIN);
        for (good, bad) in [
            (repeat(1, 1), repeat(0, 1)),
            (repeat(MESSAGE_SIZE_MAX, 1), repeat(MESSAGE_SIZE_MAX + 1, 1)),
            (repeat(1, 1), repeat(1, 0)),
            (known(MESSAGE_SIZE_MAX), known(MESSAGE_SIZE_MAX + 1)),
            (message(1), message(0)),
            (beside(0, TRUNK_CONNECTIONS_MAX - 1), beside(0, TRUNK_CONNECTIONS_MAX)),
            (beside(NUMBERS_MAX - 1, 0), beside(NUMBERS_MAX, 0)),
            (message(MESSAGE_SIZE_MAX), message(MESSAGE_SIZE_MAX + 1)),
            (packet(1, 1), packet(0, 1)),
            (packet(1, 1), packet(1, 0)),
            (packet(1, PACKET_SIZE_MAX), packet(1, PACKET_SIZE_MAX + 1)),
            (delivered(1), delivered(0)),
            (delivered(PACKET_SIZE_MAX), delivered(PACKET_SIZE_MAX + 1)),
            (service(NUMBERS_MAX - 1, 1), service(NUMBERS_MAX, 1)),
            (service(0, ADDRESSES_MAX), service(0, ADDRESSES_MAX + 1)),
            (idle(Target::Name, TIME_MIN), idle(Target::Name, Duration::ZERO)),
            (idle(Target::Name, TIME_MAX), idle(Target::Name, TIME_MAX + TIME_MIN)),
            (idle(Target::Owner, TIME_MAX), idle(Target::Owner, TIME_MAX + TIME_MIN)),
            (idle(Target::Name, TIME_MAX), idle(Target::Unix(PathBuf::new()), TIME_MAX)),
            (named(PRINCIPAL_SIZE_MAX), named(PRINCIPAL_SIZE_MAX + 1)),
            (open(OWN_NUMBERS_MIN, 0, 0), open(OWN_NUMBERS_MIN - 1, 0, 0)),
            (open(OWN_NUMBERS_MIN, NUMBERS_MAX - 1, 0), open(OWN_NUMBERS_MIN, NUMBERS_MAX, 0)),
            (datagram(DATAGRAM_SIZE_MAX), datagram(DATAGRAM_SIZE_MAX + 1)),
            (reset(u64::from(u16::MAX)), reset(u64::from(u16::MAX) + 1)),
            (write(1), write(0)),
            (write(CHUNK_SIZE), write(CHUNK_SIZE + 1)),
            (resolved(1), resolved(0)),
            (resolved(ADDRESSES_MAX), resolved(ADDRESSES_MAX + 1)),
            (listen(NUMBERS_MAX - 1, 0), listen(NUMBERS_MAX, 0)),
            (listen(0, NUMBERS_MAX - 1), listen(0, NUMBERS_MAX)),
            (current(NUMBERS_MAX - 1), current(NUMBERS_MAX)),
            (hold(NUMBERS_MAX - 1), hold(NUMBERS_MAX)),
            (refuse(NUMBERS_MAX - 1), refuse(NUMBERS_MAX)),
            (control(CONTROL_WAITING_MAX), control(CONTROL_WAITING_MAX + 1)),
            (prefixed(PREFIX_SIZE_MAX), prefixed(PREFIX_SIZE_MAX + 1)),
            (way(1), way(0)),
            (way(LABEL_COUNT_MAX), way(LABEL_COUNT_MAX + 1)),
            (shrink(payload_min), shrink(payload_min - 1)),
            (shrink(PAYLOAD_MAX), shrink(PAYLOAD_MAX + 1)),
            (trunk(NUMBERS_MAX - 1), trunk(NUMBERS_MAX)),
            (of_service(NUMBERS_MAX - 1), of_service(NUMBERS_MAX)),
            (adopted(1, PAYLOAD_MAX, 0), adopted(0, PAYLOAD_MAX, 0)),
            (adopted(LABEL_COUNT_MAX, PAYLOAD_MAX, 0), adopted(LABEL_COUNT_MAX + 1, PAYLOAD_MAX, 0)),
            (adopted(1, payload_min, 0), adopted(1, payload_min - 1, 0)),
            (adopted(1, PAYLOAD_MAX, 0), adopted(1, PAYLOAD_MAX + 1, 0)),
            (adopted(1, PAYLOAD_MAX, CONTROL_WAITING_MAX), adopted(1, PAYLOAD_MAX, CONTROL_WAITING_MAX + 1)),
        ] {
            assert_eq!(good.fault(), None);
            assert!(bad.fault().is_some());
        }
    }

    #[test]
    fn numbers_have_31_bits_and_links_65536_slots() {
        let link = |link| {
            let state = LinkState::default();
            Order::SetLink { link, port: 0, handle: 0, state, congested_classes: 0 }
        };
        let forget_service = |service| Order::Forget { what: Forgotten::Service(service) };
        let forget_trunk = |trunk| Order::Forget { what: Forgotten::Trunk(trunk) };
        for (good, bad) in [
            (link(LINKS_MAX as u32 - 1), link(LINKS_MAX as u32)),
            (link(NUMBERS_MAX - (1 << 20)), link(NUMBERS_MAX)),
            (forget_service(NUMBERS_MAX - 1), forget_service(NUMBERS_MAX)),
            (forget_trunk(NUMBERS_MAX - 1), forget_trunk(NUMBERS_MAX)),
        ] {
            assert_eq!(good.fault(), None);
            assert!(bad.fault().is_some());
        }
        assert_eq!(Order::Forget { what: Forgotten::Account(u32::MAX) }.fault(), None);
    }

    #[test]
    fn nobody_waits_for_longer_than_a_day() {
        let wait = |account, wait| Order::SetConnectWait { account, wait };
        for good in [wait(0, Duration::ZERO), wait(u32::MAX, TIME_MAX)] {
            assert_eq!(good.fault(), None);
        }
        let beyond = Order::SetUnreachable { trunk: NUMBERS_MAX, is_unreachable: true };
        for bad in [wait(0, TIME_MAX + TIME_MIN), beyond] {
            assert!(bad.fault().is_some());
        }
    }

    #[test]
    fn settings_with_times_or_bounds_that_are_none_are_refused() {
        type Set = fn(&mut Limits, u64);
        let fault = |set: Set, value| {
            let mut limits = Limits::default();
            set(&mut limits, value);
            let transit = TransitLimits { packets_per_second: 1, bytes_per_second: 1 };
            Settings { limits, transit, seeds: Seeds { packets: 0, table: 0 }, workloads_max: 0, tells_streams: false }
                .fault()
        };
        let times: [Set; 14] = [
            |limits, ms| limits.connect_wait = Duration::from_millis(ms),
            |limits, ms| limits.silence = Duration::from_millis(ms),
            |limits, ms| limits.repeat_after = Duration::from_millis(ms),
            |limits, ms| limits.repeat_every = Duration::from_millis(ms),
            |limits, ms| limits.unreachable = Duration::from_millis(ms),
            |limits, ms| limits.repeat_idle = Duration::from_millis(ms),
            |limits, ms| limits.ping_busy = Duration::from_millis(ms),
            |limits, ms| limits.ping_idle = Duration::from_millis(ms),
            |limits, ms| limits.ping_path = Duration::from_millis(ms),
            |limits, ms| limits.open = Duration::from_millis(ms),
            |limits, ms| limits.dial = Duration::from_millis(ms),
            |limits, ms| limits.closing = Duration::from_millis(ms),
            |limits, ms| limits.linger = Duration::from_millis(ms),
            |limits, ms| limits.finish = Duration::from_millis(ms),
        ];
        let amounts: [Set; 7] = [
            |limits, amount| limits.stream_window = amount,
            |limits, amount| limits.stream_window_max = amount,
            |limits, amount| limits.memory_per_stream = amount,
            |limits, amount| limits.packets_per_turn = amount as usize,
            |limits, amount| limits.bytes_per_stream_turn = amount as usize,
            |limits, amount| limits.opens_per_turn = amount as usize,
            |limits, amount| limits.control_messages_per_turn = amount as usize,
        ];
        let streams: [Set; 1] = [|limits, streams| limits.streams_per_connection = streams];
        for (sets, max) in
            [(&times[..], TIME_MAX.as_millis() as u64), (&amounts, AMOUNT_MAX), (&streams, STREAMS_PER_CONNECTION_MAX)]
        {
            for set in sets {
                assert_eq!([1, max].map(|value| fault(*set, value)), [None; 2]);
                assert!([0, max + 1].iter().all(|value| fault(*set, *value).is_some()));
            }
        }
    }
}
