//! Ends of streams, as the owner's access log hears of them.

use std::io::{Read, Write};
use std::net::{Shutdown, UdpSocket};
use std::time::Duration;

use crate::support::end::{CONNECTION, Pair, SERVICE, TRUNK, TUNNEL, dial, settings};
use florenetes_cluster::limits::OWN_NUMBERS_MIN;
use florenetes_cluster::{Account, Event, Limits, Order, Settings, StreamOver};
use florenetes_engine::ProcessLedger;

fn over(event: &Event) -> Option<StreamOver> {
    match event {
        Event::StreamOver(over) => Some(*over),
        _ => None,
    }
}

fn pair(tells_streams: bool) -> Pair {
    let settings = Settings { tells_streams, ..settings(Limits::default()) };
    let pair = Pair::of([settings, settings], ProcessLedger::default());
    pair.connect(256 * 1024, 1_000);
    pair
}

/// A question of eight bytes and an answer of six.
fn talk(pair: &Pair) {
    let (mut client, mut server) = pair.joined();
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    server.read_exact(&mut [0; 8]).unwrap();
    server.write_all(b"answer").unwrap();
    drop(server);
    client.read_exact(&mut [0; 6]).unwrap();
}

#[test]
fn both_ends_tell_of_the_same_stream() {
    let pair = pair(true);
    talk(&pair);
    let [a, b] = [&pair.a, &pair.b].map(|end| end.event(over));
    assert_eq!((a.account, b.account), (Account::Tunnel(TUNNEL), Account::Service(SERVICE)));
    assert_eq!((a.stream, a.connection), (b.stream, Some(CONNECTION)));
    assert_eq!([(a.sent, a.received), (b.received, b.sent)], [(8, 6); 2]);
    for end in [a, b] {
        assert_eq!((end.code, end.is_flow, end.is_refused), (0, false, false));
        assert!(end.started_ms > 0.0);
    }
}

#[test]
fn those_that_never_had_a_stream_are_told_too() {
    let limits = Limits { connect_wait: Duration::from_millis(50), ..Limits::default() };
    let settings = Settings { tells_streams: true, ..settings(limits) };
    let pair = Pair::of([settings, settings], ProcessLedger::default());
    let _client = dial(pair.a.listen());
    let stream = pair.a.event(over);
    pair.a.order(Order::OpenStream { workload: OWN_NUMBERS_MIN, trunk: TRUNK, account: TUNNEL + 1, is_flow: true });
    let own = pair.a.event(over);
    pair.a.order(Order::StopListening { tunnel: TUNNEL });
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    datagrams.connect(pair.a.listen_udp()).unwrap();
    datagrams.send(b"x").unwrap();
    let flow = pair.a.event(over);
    for (told, account, is_flow) in [(stream, TUNNEL, false), (own, TUNNEL + 1, true), (flow, TUNNEL, true)] {
        assert_eq!((told.account, told.is_flow, told.is_refused), (Account::Tunnel(account), is_flow, true));
        assert_eq!((told.connection, told.stream, told.code), (None, 0, 0x80));
        assert_eq!((told.sent, told.received), (0, 0));
        assert!(told.started_ms > 0.0);
    }
}

#[test]
fn nothing_is_told_that_nobody_wants_to_know() {
    let pair = pair(false);
    talk(&pair);
    crate::support::threads::until(|| (pair.a.figures().workloads_open == 0).then_some(()));
    assert!(pair.a.poll_event(over).is_none());
    assert_eq!(pair.a.figures().streams_untold, 0);
}
