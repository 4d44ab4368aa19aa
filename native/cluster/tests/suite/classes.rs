//! All packets of a connection are of the class that it was handed over with.

use std::io::Write;

use crate::support::end::{Pair, TRAFFIC_CLASS};
use crate::support::threads::until;
use florenetes_wire::mesh::TrafficClass;

#[test]
fn packets_bear_the_class_of_their_connection() {
    let pair = Pair::connected();
    let (mut client, _server) = pair.joined();
    pair.wire.ask(|passing, _, _| passing.taken_of = Some(0));
    client.write_all(b"question").unwrap();
    let packets = until(|| {
        let taken = pair.wire.ask(|passing, _, _| std::mem::take(&mut passing.taken));
        (!taken.is_empty()).then_some(taken)
    });
    assert!(packets.iter().all(|packet| TrafficClass::of(packet) == TRAFFIC_CLASS));
}
