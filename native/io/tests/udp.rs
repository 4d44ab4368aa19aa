//! UDP sockets of the kernel, over the loopback interface.

mod support;

use std::net::SocketAddr;

use florenetes_io::limits::{BATCH_PAYLOADS_MAX, UDP_PAYLOAD_MAX};
use florenetes_io::udp::{UdpPeer, UdpSocket};
use florenetes_io::{Ecn, Inbox};
use support::{is_in_namespace, until};

const IPV4: &str = "127.0.0.1:0";
const IPV6: &str = "[::1]:0";

fn open(address: &str) -> UdpSocket {
    UdpSocket::open(address.parse().unwrap()).unwrap()
}

/// Datagrams that came together: their sender, their mark, and the way the kernel gave them.
struct Seen {
    from: UdpPeer,
    ecn: Ecn,
    lengths: Vec<usize>,
}

/// Reads until `count` datagrams have come. Each is to hold its number, over and over.
fn receive(socket: &mut UdpSocket, inbox: &mut Inbox, count: usize) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut number = 0;
    until(|| {
        while socket.receive(inbox, |mut datagrams| {
            let (from, ecn) = (datagrams.from, datagrams.ecn);
            let lengths = datagrams
                .iter_mut()
                .map(|datagram| {
                    assert!(datagram.iter().all(|byte| *byte == number as u8), "datagram {number} is whole");
                    number += 1;
                    datagram.len()
                })
                .collect();
            seen.push(Seen { from, ecn, lengths });
        }) {}
        (number >= count).then_some(())
    });
    assert_eq!(number, count);
    seen
}

/// The bytes of `count` datagrams of a size, and of one with `last` bytes.
fn batch(size: usize, count: usize, last: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..count).flat_map(|number| std::iter::repeat_n(number as u8, size)).collect();
    bytes.extend(std::iter::repeat_n(count as u8, last));
    bytes
}

#[test]
fn a_batch_arrives_datagram_by_datagram_in_few_calls() {
    for address in [IPV4, IPV6] {
        let (mut a, mut b, mut inbox) = (open(address), open(address), Inbox::default());
        assert!(a.is_joining());
        let (to, from) = (b.local(), a.local());
        assert!(a.send(&batch(1_200, 10, 500), 1_200, to, Ecn::NotCapable));
        let seen = receive(&mut b, &mut inbox, 11);
        assert!(seen.len() < 11, "the kernel has joined what left as one");
        assert!(seen.iter().all(|seen| seen.from.address == from && seen.ecn == Ecn::NotCapable));
        let lengths: Vec<usize> = seen.into_iter().flat_map(|seen| seen.lengths).collect();
        assert_eq!(lengths, [1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 1_200, 500]);
        assert_eq!((a.counters.sent, a.counters.bytes_sent, a.counters.send_errors), (11, 12_500, 0));
        assert_eq!((b.counters.received, b.counters.bytes_received, b.counters.receive_errors), (11, 12_500, 0));
    }
}

#[test]
fn more_than_one_call_takes_is_cut_up() {
    let (mut a, mut b, mut inbox) = (open(IPV4), open(IPV4), Inbox::default());
    for (size, count, last) in [
        (100, 10 * BATCH_PAYLOADS_MAX, 0),
        (100, BATCH_PAYLOADS_MAX, 1),
        (1_452, 50, 1_451),
        (UDP_PAYLOAD_MAX, 7, 1),
        (UDP_PAYLOAD_MAX, 1, 0),
        (1, 0, 1),
    ] {
        assert!(a.send(&batch(size, count, last), size, b.local(), Ecn::NotCapable));
        let seen = receive(&mut b, &mut inbox, count + usize::from(last > 0));
        assert!(count < 2 || seen.len() <= count / 2, "{size} {count} {last}: each call took several");
        let lengths: Vec<usize> = seen.into_iter().flat_map(|seen| seen.lengths).collect();
        assert!(lengths[..count].iter().all(|length| *length == size), "{size} {count} {last}");
        assert_eq!(lengths.last(), Some(if last > 0 { &last } else { &size }));
    }
    assert!(a.is_joining() && a.counters.send_errors == 0, "the kernel has refused none");
}

#[test]
fn marks_of_congestion_go_out_and_come_in() {
    for (own, other) in [(IPV4, IPV4), (IPV6, IPV6), ("[::]:0", IPV4)] {
        let (mut a, mut b, mut inbox) = (open(own), open(other), Inbox::default());
        for ecn in [Ecn::Capable0, Ecn::NotCapable, Ecn::Capable1, Ecn::CongestionExperienced] {
            // Alone and as a batch; there and, for sockets of both families, back.
            for (size, count) in [(100, 1), (100, 5)] {
                a.send(&batch(size, count, 0), size, b.local(), ecn);
                let seen = receive(&mut b, &mut inbox, count);
                assert!(seen.iter().all(|seen| seen.ecn == ecn), "{own} to {other}: {ecn:?}");
                b.send(&batch(size, count, 0), size, seen[0].from, ecn);
                let back = receive(&mut a, &mut inbox, count);
                assert!(back.iter().all(|seen| seen.ecn == ecn), "{other} to {own}: {ecn:?}");
            }
        }
    }
}

#[test]
fn nobody_there_is_no_event() {
    let (mut a, mut b, mut inbox) = (open(IPV4), open(IPV4), Inbox::default());
    let gone = open(IPV4).local();
    for _ in 0..20 {
        assert!(a.send(&[0; 100], 100, gone, Ecn::NotCapable));
    }
    assert!(b.send(&[0; 100], 100, a.local(), Ecn::NotCapable));
    receive(&mut a, &mut inbox, 1);
    assert_eq!((a.counters.send_errors, a.counters.receive_errors), (0, 0));
}

#[test]
fn what_the_system_refuses_is_counted_and_the_socket_goes_on() {
    let (mut a, mut b, mut inbox) = (open(IPV4), open(IPV4), Inbox::default());
    assert!(
        a.send(&batch(100, 3, 0), 100, "[::1]:9".parse::<SocketAddr>().unwrap(), Ecn::NotCapable),
        "not of its family"
    );
    assert_eq!(a.counters.send_errors, 3);
    // A broadcast, which a socket has to ask for.
    assert!(a.send(&batch(100, 2, 0), 100, "255.255.255.255:9".parse::<SocketAddr>().unwrap(), Ecn::NotCapable));
    assert_eq!(a.counters.send_errors, 5);
    assert!(a.is_joining(), "not even one by one: it says nothing of batches");
    a.send(&batch(100, 2, 0), 100, b.local(), Ecn::NotCapable);
    receive(&mut b, &mut inbox, 2);
}

#[test]
fn an_address_that_is_taken_is_an_error_with_its_number() {
    let a = open(IPV4);
    let error = UdpSocket::open(a.local()).err().expect("it is in use");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    let error = UdpSocket::open("192.0.2.1:0".parse().unwrap()).err().expect("it is nobody's");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrNotAvailable);
}

/// Loopback holds datagrams for as long as they wait in its queue, which then fills the sender's buffer.
#[test]
fn a_full_socket_keeps_what_it_did_not_take_and_goes_on() {
    let set_up = "ip link set lo up && tc qdisc add dev lo root tbf rate 20mbit burst 70kb limit 100mb";
    if !is_in_namespace("a_full_socket_keeps_what_it_did_not_take_and_goes_on", set_up) {
        return;
    }
    let (mut a, b) = (open(IPV4), open(IPV4));
    // Each call of the system takes one batch, which loopback counts as one packet.
    let (batches, size) = (40, 1_200);
    let bytes = vec![7; batches * BATCH_PAYLOADS_MAX * size];
    let mut given = batches;
    while a.send(&bytes, size, b.local(), Ecn::NotCapable) {
        given += batches;
        assert!(given < 100_000, "the socket never gets full");
    }
    assert!(!a.is_writable());
    assert_eq!(a.counters.socket_full, 1);
    // The rest of the last one was kept, and leaves as soon as there is room.
    until(|| {
        a.handle_writable();
        a.is_writable().then_some(())
    });
    until(|| (packets_of_loopback() >= given).then_some(()));
    assert_eq!((packets_of_loopback(), a.counters.send_errors), (given, 0));
}

/// How many packets have left by this namespace's loopback interface: its tenth column in proc(5).
fn packets_of_loopback() -> usize {
    let table = std::fs::read_to_string("/proc/self/net/dev").unwrap();
    let line = table.lines().find_map(|line| line.trim().strip_prefix("lo:")).unwrap();
    line.split_whitespace().nth(9).unwrap().parse().unwrap()
}

/// No datagram is cut into fragments, alone or in a batch, and datagrams that fit go on as batches.
#[test]
fn datagrams_above_the_mtu_are_refused() {
    if !is_in_namespace("datagrams_above_the_mtu_are_refused", "ip link set lo mtu 1500 up") {
        return;
    }
    for (address, headers) in [(IPV4, 28), ("[::1]:0", 48)] {
        let (mut a, mut b, mut inbox) = (open(address), open(address), Inbox::default());
        let fits = 1_500 - headers;
        assert!(a.send(&batch(fits + 1, 1, 0), fits + 1, b.local(), Ecn::NotCapable));
        assert_eq!(a.counters.send_errors, 1);
        assert!(a.send(&batch(fits + 1, 3, 0), fits + 1, b.local(), Ecn::NotCapable));
        assert_eq!((a.counters.send_errors, a.is_joining()), (4, true));
        assert!(a.send(&batch(fits, 3, 0), fits, b.local(), Ecn::NotCapable));
        receive(&mut b, &mut inbox, 3);
        assert_eq!(a.counters.send_errors, 4);
    }
}

/// A neighbour with a link-local address is known by the address and the interface.
#[test]
fn link_local_addresses_come_with_their_interface_and_go_back_by_it() {
    let set_up = "ip link add v0 type veth peer name v1 && ip link set lo up && ip link set v1 up && ip link set v0 up && ip address add fe80::1/64 dev v0 nodad";
    if !is_in_namespace("link_local_addresses_come_with_their_interface_and_go_back_by_it", set_up) {
        return;
    }
    // The kernel has an address before it has the route to it, and a datagram sent in between would be lost.
    let route = "fe800000000000000000000000000001 80 ";
    until(|| std::fs::read_to_string("/proc/self/net/ipv6_route").unwrap().contains(route).then_some(()));
    // The second column in proc(5) is the interface's index, in hexadecimal.
    let table = std::fs::read_to_string("/proc/self/net/if_inet6").unwrap();
    let line = table.lines().find(|line| line.ends_with("v0")).unwrap();
    let scope = u32::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap();
    let (mut a, mut b, mut inbox) = (open("[::]:0"), open("[::]:0"), Inbox::default());
    let neighbour =
        |port: u16| SocketAddr::from(std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), port, 0, scope));
    assert!(a.send(&[0; 100], 100, neighbour(b.local().port()), Ecn::Capable0));
    let seen = receive(&mut b, &mut inbox, 1);
    assert_eq!((seen[0].from.address, seen[0].ecn), (neighbour(a.local().port()), Ecn::Capable0));
    assert!(b.send(&[0; 100], 100, seen[0].from, Ecn::Capable0));
    receive(&mut a, &mut inbox, 1);
    assert_eq!((a.counters.send_errors, b.counters.send_errors), (0, 0));
}

#[test]
fn whoever_sends_a_batch_is_answered_by_one_from_the_address_that_he_has_sent_to() {
    for (listen, hosts) in [("0.0.0.0:0", ["127.0.0.7", "127.0.0.8"]), ("[::]:0", ["::1", "::ffff:127.0.0.8"])] {
        let (mut bound, mut inbox) = (open(listen), Inbox::default());
        for host in hosts {
            let called = SocketAddr::new(host.parse().unwrap(), bound.local().port());
            let mut caller = open(if called.is_ipv6() { "[::]:0" } else { IPV4 });
            assert!(caller.send(&batch(1_000, 3, 500), 1_000, called, Ecn::Capable0));
            let seen = receive(&mut bound, &mut inbox, 4).remove(0);
            assert_eq!((seen.from.local.unwrap().to_string(), seen.ecn), (host.to_owned(), Ecn::Capable0));
            assert!(bound.send(&batch(1_000, 3, 500), 1_000, seen.from, Ecn::Capable0));
            let answers = receive(&mut caller, &mut inbox, 4);
            assert!(answers.iter().all(|answer| answer.from.address == called && answer.ecn == Ecn::Capable0));
        }
    }
}
