//! Targets of flows: nobody answers, the target is somewhere else, or somebody else sends.

use std::time::Duration;

use crate::support::datagrams::{
    is_on_one_processor, joined, receive, try_receive, udp, udp_to, while_unreachable_is_told,
};
use crate::support::end::{End, Pair, SERVICE};
use crate::support::threads::until;
use florenetes_cluster::{Event, Limits, Order, Target};

const TARGET_DOWN: u64 = 0x02;

#[test]
fn nobody_at_the_target_is_a_reset_flow() {
    if !is_on_one_processor("datagram_targets::nobody_at_the_target_is_a_reset_flow") {
        return;
    }
    let pair = Pair::connected();
    let (client, target, from) = joined(&pair);
    // After this answer, the flow counts as answered.
    target.send_to(b"hello", from).unwrap();
    receive(&client);
    drop(target);
    let is_down = |end: &End| {
        client.send(b"who is there").unwrap();
        matches!(end.figures().accounts[0].cut[..], [(TARGET_DOWN, 1..)]).then_some(())
    };
    if while_unreachable_is_told(|| is_down(&pair.b)).is_none() {
        return;
    }
    until(|| is_down(&pair.a));
    // The client's next flow is refused: the tunnel does not try again at once.
    until(|| {
        client.send(b"again").unwrap();
        (pair.a.flows().drops.refused > 0).then_some(())
    });
}

/// The first two addresses of the target have no socket: datagrams to them go to the third address, which is the flow's from then on.
#[test]
fn the_next_address_of_a_target_is_tried_when_nobody_is_at_the_first() {
    if !is_on_one_processor("datagram_targets::the_next_address_of_a_target_is_tried_when_nobody_is_at_the_first") {
        return;
    }
    let pair = Pair::connected();
    let target = udp();
    // No other socket gets the target's port on these addresses, either.
    let port = target.local_addr().unwrap().port();
    let addresses = [[127, 0, 0, 9], [127, 0, 0, 8], [127, 0, 0, 1]].map(|host| (host, port).into()).to_vec();
    pair.b.serve_flows(Target::Addresses(addresses), Duration::from_secs(600));
    let client = udp_to(pair.a.listen_udp());
    client.send(b"first").unwrap();
    let is_heard = || {
        try_receive(&target).or_else(|| {
            client.send(b"again").unwrap();
            None
        })
    };
    let Some((bytes, from)) = while_unreachable_is_told(is_heard) else { return };
    assert_eq!(bytes, b"first");
    target.send_to(b"here", from).unwrap();
    assert_eq!(receive(&client).0, b"here");
    until(|| (pair.b.figures().memory_held == Limits::default().memory_per_stream).then_some(()));
    let b = pair.b.figures();
    assert_eq!((b.workloads_open, b.accounts[0].total, &b.accounts[0].cut[..]), (1, 1, &[][..]));
    // The target has answered before: its end is the end of the flow.
    drop(target);
    while_unreachable_is_told(|| {
        client.send(b"who is there").unwrap();
        (pair.b.figures().accounts[0].cut == [(TARGET_DOWN, 1)]).then_some(())
    });
}

/// Somebody else sends to the socket of a flow, and so does the target from another port.
#[test]
fn what_comes_from_elsewhere_than_the_target_reaches_no_client() {
    let pair = Pair::connected();
    let (client, target, flow) = joined(&pair);
    let (stranger, other_port) = (udp(), udp());
    for round in 0..20_u8 {
        stranger.send_to(b"me", flow).unwrap();
        other_port.send_to(b"the target, too", flow).unwrap();
        target.send_to(&[round], flow).unwrap();
        assert_eq!(receive(&client).0, [round]);
    }
    client.send(b"goes on").unwrap();
    assert_eq!(receive(&target), (b"goes on".to_vec(), flow));
    assert_eq!(pair.b.flows().datagrams_sent, 20);
}

#[test]
fn a_target_with_a_name_gets_what_came_before_its_address() {
    let pair = Pair::connected();
    pair.b.serve_flows(Target::Name, Duration::from_secs(600));
    let client = udp_to(pair.a.listen_udp());
    for index in 0..20 {
        client.send(&[index]).unwrap();
    }
    pair.b.event(|event| matches!(event, Event::Resolve { service: SERVICE }).then_some(()));
    until(|| (pair.b.figures().memory_held == Limits::default().memory_per_stream + 16).then_some(()));
    until(|| (pair.b.flows().drops.no_room == 4).then_some(()));
    let target = udp();
    let addresses = Ok(vec![target.local_addr().unwrap()]);
    pair.b.order(Order::Resolved { service: SERVICE, addresses });
    for index in 0..16 {
        assert_eq!(receive(&target).0, [index]);
    }
    assert_eq!(pair.b.figures().memory_held, Limits::default().memory_per_stream);
}
