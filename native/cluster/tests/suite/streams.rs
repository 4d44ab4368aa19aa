//! Workloads at both ends of a path: what one does, the other sees.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use crate::support::end::{Pair, SERVICE, TUNNEL, accept, dial, target};
use crate::support::threads::until;
use florenetes_cluster::Account;

/// A stream between two workloads; returns both of them.
fn stream(pair: &Pair) -> (TcpStream, TcpStream) {
    let (listener, target) = target();
    pair.b.serve(target);
    let client = dial(pair.a.listen());
    (client, accept(&listener))
}

fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn bytes_go_both_ways_and_each_half_ends_by_itself() {
    let pair = Pair::connected();
    let (mut client, mut server) = stream(&pair);
    client.write_all(b"question").unwrap();
    assert_eq!(read(&mut server, 8), b"question");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0, "the end of one half");
    server.write_all(b"answer").unwrap();
    assert_eq!(read(&mut client, 6), b"answer", "the other half goes on");
    drop(server);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    until(|| (pair.b.figures().workloads_open == 0 && pair.a.figures().workloads_open == 0).then_some(()));
    for (end, account) in [(&pair.a, Account::Tunnel(TUNNEL)), (&pair.b, Account::Service(SERVICE))] {
        let counts = end.account(account);
        assert_eq!((counts.open, counts.total), (0, 1));
        assert_eq!((counts.refused, counts.cut), (vec![], vec![]));
        assert_eq!(end.figures().memory_held, 0);
    }
}

#[test]
fn a_target_gets_its_prefix_before_all_else_in_each_stream() {
    let mut pair = Pair::start();
    pair.b.prefix = b"who it is".to_vec();
    pair.connect(256 * 1024, 1_000);
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    for question in [b"first", b"again"] {
        let mut client = dial(tunnel);
        client.write_all(question).unwrap();
        let mut server = accept(&listener);
        assert_eq!(read(&mut server, 14), [b"who it is", &question[..]].concat());
        server.write_all(b"yes").unwrap();
        assert_eq!(read(&mut client, 3), b"yes");
    }
}

#[test]
fn a_reset_of_either_workload_is_one_for_the_other() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    for is_client in [true, false] {
        let mut client = dial(tunnel);
        let mut server = accept(&listener);
        client.write_all(b"x").unwrap();
        assert_eq!(read(&mut server, 1), b"x");
        let (mut resetting, mut other) = if is_client { (client, server) } else { (server, client) };
        other.write_all(b"unread").unwrap();
        until(|| (resetting.peek(&mut [0; 6]).unwrap() == 6).then_some(()));
        // The end of a socket with bytes that nobody has read is a reset.
        let _ = resetting.flush();
        drop(resetting);
        assert_eq!(other.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset, "{is_client}");
    }
    until(|| (pair.b.figures().workloads_open == 0 && pair.a.figures().workloads_open == 0).then_some(()));
}

#[test]
fn a_reader_who_does_not_read_holds_the_writer_back_and_others_go_on() {
    const BYTES: usize = 40_000_000;
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    for is_client in [true, false] {
        let client = dial(tunnel);
        let server = accept(&listener);
        let (mut writer, mut reader) = if is_client { (client, server) } else { (server, client) };
        let writing = std::thread::spawn(move || {
            let bytes: Vec<u8> = (0..BYTES).map(|index| (index % 251) as u8).collect();
            writer.write_all(&bytes).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
            writer
        });
        let sender = if is_client { &pair.a } else { &pair.b };
        let sent = || sender.connection().quic.bytes_sent;
        // The stream stands when all buffers are full.
        until(|| {
            let before = sent();
            std::thread::sleep(std::time::Duration::from_millis(50));
            (before > 100_000 && sent() - before < 10_000).then_some(())
        });
        assert!(!writing.is_finished());
        let mut other = dial(tunnel);
        let mut other_end = accept(&listener);
        other.write_all(b"passes").unwrap();
        assert_eq!(read(&mut other_end, 6), b"passes");
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), BYTES);
        assert!(bytes.iter().enumerate().all(|(index, byte)| *byte == (index % 251) as u8));
        drop(writing.join().unwrap());
    }
    until(|| (pair.b.figures().memory_held == 0 && pair.a.figures().memory_held == 0).then_some(()));
}

#[test]
fn many_streams_share_a_connection() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    let streams: Vec<_> = (0..100).map(|_| (dial(tunnel), accept(&listener))).collect();
    let threads: Vec<_> = streams
        .into_iter()
        .map(|(mut client, mut server)| {
            std::thread::spawn(move || {
                client.write_all(&[7; 100_000]).unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                let mut bytes = Vec::new();
                server.read_to_end(&mut bytes).unwrap();
                bytes.len()
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 100_000));
    until(|| (pair.a.figures().workloads_open == 0).then_some(()));
    assert_eq!(pair.a.connection().streams_opened, 100);
}
