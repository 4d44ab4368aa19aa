//! Streams that no acceptor has accepted, and whose peer was restarted.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::time::Duration;

use crate::support::end::{CONNECTION, HANDLE, ID, PORT, Pair, TRUNK, TUNNEL, accept, dial, target};
use crate::support::events::is_any_waiting;
use crate::support::threads::until;
use florenetes_cluster::limits::{OFFER_SIZE_MAX, OWN_NUMBERS_MIN};
use florenetes_cluster::{Account, Event, Limits, Order};
use florenetes_engine::CloseCause;
use florenetes_wire::mesh::{LABEL_CONNECTION, header_size, write_header};

const NO_ANSWER: u64 = 0x80;
const CONNECTION_LOST: u64 = 0x81;

/// Limits that wait for a packet and its answer longer than any busy machine needs.
fn patient() -> Limits {
    Limits { restart: Duration::from_secs(10), ..Limits::default() }
}

/// A pair whose b, which has the service, knows nothing of the trunk's connection; the tunnel's address, and the target's listener.
fn restarted(limits: Limits) -> (Pair, SocketAddr, TcpListener) {
    let pair = Pair::with(limits, limits);
    let (listener, target) = target();
    pair.b.serve(target);
    let [client, _] = crate::support::connected(&pair.ledger, 256 * 1024, 1_000);
    pair.a.adopt(CONNECTION, client, true);
    pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
    let tunnel = pair.a.listen();
    (pair, tunnel, listener)
}

/// Answers the first packet of a stream as b's owner does: by a stateless reset.
fn reset(pair: &Pair) {
    pair.b.event(|event| matches!(event, Event::Packet { .. }).then_some(()));
    let head = header_size(1);
    let mut packet = vec![0x55; head + 40];
    write_header(&mut packet, ID + u64::from(CONNECTION), [LABEL_CONNECTION << 12].into_iter(), 32);
    packet[head + 24..].fill(7);
    pair.b.order(Order::SendPacket { port: PORT, handle: HANDLE, packet });
    let cause = pair.a.event(|event| match event {
        Event::Closed { connection: CONNECTION, closed } => Some(closed.cause),
        _ => None,
    });
    assert_eq!(cause, CloseCause::Reset);
}

#[test]
fn they_are_offered_again_with_all_that_was_said() {
    let (pair, tunnel, listener) = restarted(patient());
    let mut clients: Vec<_> = (0..3).map(|_| dial(tunnel)).collect();
    for (index, client) in clients.iter_mut().enumerate() {
        client.write_all(&vec![index as u8; 2_000]).unwrap();
    }
    clients[1].shutdown(Shutdown::Write).unwrap();
    until(|| (pair.a.connection().streams_open == 3).then_some(()));
    // QUIC has all bytes that were written.
    until(|| (pair.a.figures().memory_held == 3 * (8 * 1024 + 2_000)).then_some(()));
    reset(&pair);
    assert!(pair.a.event(is_any_waiting));
    assert_eq!(pair.a.figures().memory_held, 3 * 2_000);
    pair.connect_as(CONNECTION + 1, 256 * 1024, 1_000);
    let mut servers: Vec<_> = (0..3).map(|_| accept(&listener)).collect();
    for server in &mut servers {
        let mut bytes = [0; 2_000];
        server.read_exact(&mut bytes).unwrap();
        let index = bytes[0];
        assert!(bytes.iter().all(|byte| *byte == index));
        if index == 1 {
            assert_eq!(server.read(&mut [0]).unwrap(), 0, "its end comes, too");
        }
        server.write_all(&[index]).unwrap();
    }
    for (index, client) in clients.iter_mut().enumerate() {
        let mut byte = [9];
        client.read_exact(&mut byte).unwrap();
        assert_eq!(usize::from(byte[0]), index);
    }
    drop((clients, servers));
    until(|| (pair.a.figures().workloads_open == 0 && pair.a.figures().memory_held == 0).then_some(()));
    let counts = pair.a.account(Account::Tunnel(TUNNEL));
    assert_eq!((counts.open, counts.total, counts.refused, counts.cut), (0, 3, vec![], vec![]));
}

/// The successor was being made when the peer was restarted: the successor tells of the restart.
#[test]
fn so_are_those_of_a_connection_whose_successor_tells_of_the_restart() {
    let (pair, tunnel, listener) = restarted(patient());
    let mut client = dial(tunnel);
    client.write_all(b"question").unwrap();
    until(|| (pair.a.connection().streams_open == 1).then_some(()));
    pair.a.order(Order::Drain { connection: CONNECTION });
    pair.connect_as(CONNECTION + 1, 256 * 1024, 1_000);
    pair.a.order(Order::Abandon { connection: CONNECTION, code: 0, reason: "restarted".into() });
    let mut server = accept(&listener);
    let mut bytes = [0; 8];
    server.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"question");
    server.write_all(b"answer").unwrap();
    client.read_exact(&mut bytes[..6]).unwrap();
    assert_eq!(&bytes[..6], b"answer");
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).refused, []);
}

#[test]
fn so_are_streams_of_the_owner() {
    let (pair, _, listener) = restarted(patient());
    let workload = OWN_NUMBERS_MIN;
    let write = |bytes: &[u8]| pair.a.order(Order::WriteStream { workload, bytes: bytes.to_vec() });
    pair.a.order(Order::OpenStream { workload, trunk: TRUNK, account: TUNNEL, is_flow: false });
    write(b"question");
    pair.a.event(|event| matches!(event, Event::StreamWritable { .. }).then_some(()));
    reset(&pair);
    assert!(pair.a.event(is_any_waiting));
    assert_eq!(pair.a.figures().memory_held, 8);
    write(b"s");
    assert_eq!(pair.a.figures().memory_held, 9);
    pair.connect_as(CONNECTION + 1, 256 * 1024, 1_000);
    let mut server = accept(&listener);
    pair.a.event(|event| matches!(event, Event::StreamAnswered { .. }).then_some(()));
    pair.a.order(Order::EndStream { workload });
    let mut heard = Vec::new();
    server.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"questions");
    drop(server);
    pair.a.event(|event| matches!(event, Event::StreamEnded { .. }).then_some(()));
    pair.a.order(Order::AcknowledgeStream { workload, offset: 0, is_end: true });
    until(|| (pair.a.figures().memory_held == 0).then_some(()));
    let counts = pair.a.account(Account::Tunnel(TUNNEL));
    assert_eq!((counts.open, counts.total, counts.refused, counts.cut), (0, 1, vec![], vec![]));
}

#[test]
fn they_are_not_where_a_former_process_may_have_had_them() {
    let (pair, tunnel, listener) = restarted(Limits::default());
    let mut client = dial(tunnel);
    client.write_all(b"question").unwrap();
    pair.b.event(|event| matches!(event, Event::Packet { .. }).then_some(()));
    std::thread::sleep(2 * Limits::default().restart);
    reset(&pair);
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(pair.a.account(Account::Tunnel(TUNNEL)).refused, [(CONNECTION_LOST, 1)]);
    assert!(listener.accept().is_err());
    assert_eq!(pair.a.figures().memory_held, 0);
}

#[test]
fn what_is_kept_of_them_is_bounded() {
    let (pair, tunnel, _listener) = restarted(Limits::default());
    let mut client = dial(tunnel);
    // The connection's window takes only a part of what the client writes.
    let mut said = 0;
    client.set_nonblocking(true).unwrap();
    while let Ok(count) = client.write(&[0; 64 * 1024]) {
        said += count;
    }
    assert!(said > 4 * OFFER_SIZE_MAX);
    until(|| (pair.a.connection().quic.bytes_sent > 0).then_some(()));
    assert!(pair.a.figures().memory_held <= (8 * 1024 + OFFER_SIZE_MAX) as u64);
}

#[test]
fn they_wait_no_longer_than_others() {
    let (pair, tunnel, _listener) = restarted(Limits { connect_wait: Duration::from_millis(50), ..patient() });
    let mut client = dial(tunnel);
    client.write_all(b"question").unwrap();
    reset(&pair);
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    until(|| (pair.a.account(Account::Tunnel(TUNNEL)).refused == [(NO_ANSWER, 1)]).then_some(()));
    let counts = pair.a.account(Account::Tunnel(TUNNEL));
    assert_eq!((counts.open, counts.total), (0, 1));
    assert_eq!(pair.a.figures().memory_held, 0);
}
