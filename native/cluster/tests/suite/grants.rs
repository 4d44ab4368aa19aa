//! A service with a leader is served while a grant is in force: its connections end with it, and streams are refused.

use std::io::{Read, Write};
use std::time::Duration;

use crate::support::end::{CONNECTION, Pair, SERVICE, accept, dial, target};
use crate::support::events::closed;
use crate::support::threads::until;
use florenetes_cluster::Order;
use florenetes_engine::CloseCause;
use florenetes_io::since_boot;

const NOT_GRANTED: u64 = 0x16;

fn grant(pair: &Pair, until: Option<Duration>) {
    pair.b.order(Order::SetGrant { service: SERVICE, until });
}

#[test]
fn connections_end_with_the_grant_and_no_byte_passes_after_it() {
    let pair = Pair::connected();
    let end = since_boot() + Duration::from_millis(300);
    grant(&pair, Some(end));
    let (mut client, mut server) = pair.joined();
    client.write_all(b"before").unwrap();
    server.read_exact(&mut [0; 6]).unwrap();
    server.write_all(b"answer").unwrap();
    client.read_exact(&mut [0; 6]).unwrap();
    // No order comes any more.
    assert_eq!(pair.b.event(closed), (CloseCause::Local, NOT_GRANTED));
    assert!(since_boot() >= end);
    let _ = client.write_all(b"after");
    assert!(matches!(server.read(&mut [0; 8]), Ok(0) | Err(_)), "nothing more comes to the target");
    assert_eq!(pair.a.event(closed), (CloseCause::Peer, NOT_GRANTED));
    assert!(matches!(client.read(&mut [0; 8]), Ok(0) | Err(_)), "nor to the client");
}

#[test]
fn a_renewed_grant_goes_on_and_one_that_is_taken_back_ends_at_once() {
    let pair = Pair::connected();
    grant(&pair, Some(since_boot() + Duration::from_millis(200)));
    let (mut client, mut server) = pair.joined();
    let later = since_boot() + Duration::from_secs(600);
    grant(&pair, Some(later));
    until(|| (since_boot() + Duration::from_secs(599) >= later + Duration::from_millis(250)).then_some(()));
    client.write_all(b"on").unwrap();
    server.read_exact(&mut [0; 2]).unwrap();
    grant(&pair, Some(Duration::ZERO));
    assert_eq!(pair.b.event(closed), (CloseCause::Local, NOT_GRANTED));
    assert!(matches!(server.read(&mut [0; 8]), Ok(0) | Err(_)));
}

#[test]
fn streams_on_a_connection_without_a_grant_are_refused_until_there_is_one() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    grant(&pair, Some(Duration::ZERO));
    pair.b.event(closed);
    until(|| pair.a.poll_event(closed));
    pair.connect_as(CONNECTION + 1, crate::support::WINDOW, 100);
    pair.a.order(Order::SetCurrent { trunk: crate::support::end::TRUNK, connection: Some(CONNECTION + 1) });
    let tunnel = pair.a.listen();
    let mut refused = dial(tunnel);
    assert!(matches!(refused.read(&mut [0; 1]), Ok(0) | Err(_)));
    grant(&pair, None);
    let mut served = dial(tunnel);
    served.write_all(b"x").unwrap();
    accept(&listener).read_exact(&mut [0; 1]).unwrap();
}
