//! Connections that take no new streams: they end when both ends' workloads have had their last bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use crate::support::end::{CONNECTION, Pair, accept, dial, target};
use crate::support::events::{closed, is_any_waiting, left};
use crate::support::peer::Peer;
use crate::support::threads::until;
use florenetes_cluster::{Limits, Order};
use florenetes_engine::CloseCause;

#[test]
fn a_connection_that_drains_ends_with_its_last_stream() {
    let pair = Pair::connected();
    let (mut client, mut server) = pair.joined();
    pair.a.order(Order::Drain { connection: CONNECTION });
    client.write_all(b"last").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut bytes = Vec::new();
    server.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"last");
    assert!(pair.a.poll_event(closed).is_none(), "a stream is open still");
    drop(server);
    assert_eq!(pair.b.event(closed), (CloseCause::Local, 0));
    assert_eq!(pair.a.event(closed), (CloseCause::Peer, 0));
    pair.a.event(left);
    pair.b.event(left);
    assert!(pair.a.figures().connections.is_empty());
}

/// The originator's workload sees a clean end while the service's workload has not read its last bytes yet.
#[test]
fn a_service_that_ends_first_and_reads_slowly_gets_all_though_its_connection_drains() {
    let pair = Pair::connected();
    let (mut client, mut server) = pair.joined();
    server.shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    // The client writes until the sockets, the windows and all between them are full.
    client.set_nonblocking(true).unwrap();
    let mut written = 0;
    let mut full = 0;
    until(|| {
        match client.write(&[7; 65_536]) {
            Ok(length) => (written, full) = (written + length, 0),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                full += usize::from(!pair.a.connection().is_in_flight);
            }
        }
        (full == 20).then_some(())
    });
    pair.a.order(Order::Drain { connection: CONNECTION });
    client.set_nonblocking(false).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut bytes = vec![0; 65_536];
    let mut read = 0;
    // The rest of the client's socket goes into the window as there is room, and the client's stream is over.
    while pair.a.figures().workloads_open > 0 {
        read += server.read(&mut bytes[..4_096]).unwrap();
    }
    until(|| pair.a.figures().connections.first().is_none_or(|it| !it.is_in_flight).then_some(()));
    assert!(read < written, "the acceptor has something left");
    loop {
        match server.read(&mut bytes).unwrap() {
            0 => break,
            length => read += length,
        }
    }
    assert_eq!(read, written);
    assert_eq!(pair.b.event(closed), (CloseCause::Local, 0));
    assert_eq!(pair.a.event(closed), (CloseCause::Peer, 0));
}

#[test]
fn an_acceptor_that_does_not_close_a_drained_connection_has_so_long() {
    let soon = Duration::from_millis(200);
    let limits = Limits { finish: soon, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut peer = Peer::join_as_acceptor(&pair);
    pair.a.order(Order::Drain { connection: CONNECTION });
    let mut message = [0; 8];
    let length = peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(0, &mut message)).ok()).length;
    assert_eq!(message[..length], [1, 0, 1, 4], "FINISH");
    assert_eq!(peer.until(&pair, |_| pair.a.poll_event(closed)), (CloseCause::Local, 0));
}

/// The acceptor closes the connection as soon as it reads FINISH: a stream that is opened behind it would be cut.
#[test]
fn who_comes_after_finish_waits_for_the_next_connection() {
    let never = Duration::from_secs(3_600);
    let limits = Limits { finish: never, ..Limits::default() };
    let pair = Pair::with(limits, limits);
    let mut peer = Peer::join_as_acceptor(&pair);
    pair.a.order(Order::Drain { connection: CONNECTION });
    peer.until(&pair, |peer| peer.with(|quic| quic.stream_receive(0, &mut [0; 8])).ok());
    let _client = dial(pair.a.listen());
    assert!(peer.until(&pair, |_| pair.a.poll_event(is_any_waiting)), "a workload waits");
}

#[test]
fn the_current_connection_watches_its_peer_while_former_ones_drain() {
    let never = Duration::from_secs(3_600);
    let limits = Limits {
        ping_busy: Duration::from_millis(20),
        ping_idle: never,
        ping_path: never,
        silence: 2 * never,
        ..Limits::default()
    };
    let pair = Pair::with(limits, limits);
    pair.connect(256 * 1024, 10);
    let (listener, target) = target();
    pair.b.serve(target);
    let _client = dial(pair.a.listen());
    let _server = accept(&listener);
    pair.connect_as(CONNECTION + 1, 256 * 1024, 10);
    let sent = || pair.a.connection_of(CONNECTION + 1).quic.packets_sent;
    until(|| (!pair.a.connection_of(CONNECTION + 1).is_in_flight).then_some(()));
    let before = sent();
    pair.a.order(Order::Drain { connection: CONNECTION });
    until(|| (sent() >= before + 20).then_some(()));
}
