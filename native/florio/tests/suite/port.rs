//! The coming and going of the partner, and what the port does then.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{World, control_frame, data_frame};
use florenetes_florio::frame::DataFrame;
use florenetes_florio::limits::{CONNECT_INTERVAL, LOOK_INTERVAL, OWN_PATH_CHECK_ATTEMPTS};
use florenetes_florio::{FlorioCounters, Heard, Inbound, PortEvent, Refusal};

#[test]
fn it_connects_every_100_ms_until_the_partner_is_there() {
    let mut world = World::alone();
    assert_eq!(world.port.next_timeout(), Some(world.now));
    assert_eq!(world.turn(), []);
    assert_eq!(world.port.waiting_for(), "not yet");
    assert!(!world.port.send_control(&[1]) && !world.packet(1, 1, 1));
    assert_eq!(world.port.counters().packets_refused_not_connected, 1);
    for attempt in 2..=5 {
        assert_eq!(world.port.next_timeout(), Some(world.now + CONNECT_INTERVAL));
        assert_eq!(world.pass(CONNECT_INTERVAL / 2), []);
        assert_eq!(world.pass(CONNECT_INTERVAL / 2), []);
        assert_eq!(world.kernel.borrow().connects, attempt);
    }
    world.kernel.borrow_mut().partner_is_there = true;
    assert_eq!(world.pass(CONNECT_INTERVAL), [PortEvent::Connected]);
    assert_eq!((world.port.next_timeout(), world.port.waiting_for()), (None, ""));
}

#[test]
fn a_partner_that_is_heard_is_connected_to_at_once() {
    let mut world = World::alone();
    world.turn();
    let now = world.now;
    // Any number of frames in one turn brings one attempt, whoever has sent them.
    for _ in 0..3 {
        assert!(matches!(
            world.port.handle_datagram(&mut data_frame(7, &[1]), now),
            Inbound::Data(DataFrame { handle: 7, .. })
        ));
    }
    assert_eq!(world.kernel.borrow().connects, 2);
    assert_eq!(world.turn(), []);
    world.kernel.borrow_mut().partner_is_there = true;
    world.port.handle_datagram(&mut data_frame(7, &[1]), now);
    assert_eq!(world.turn(), [PortEvent::Connected]);
}

#[test]
fn a_partner_that_is_found_gone_is_told_and_all_that_waits_is_dropped() {
    let mut world = World::connected();
    world.set_room(0);
    world.packet(1, 1, 10);
    world.turn();
    world.port.send_control(&[1]);
    world.kernel.borrow_mut().partner_is_there = false;
    world.packet(1, 2, 10);
    world.port.handle_writable();
    assert_eq!(world.turn(), [PortEvent::Disconnected]);
    assert_eq!(world.port.waiting_for(), "not yet", "it was tried again at once");
    let expected = FlorioCounters {
        packets_dropped_not_connected: 2,
        control_dropped: 1,
        disconnects: 1,
        socket_full: 1,
        ..FlorioCounters::default()
    };
    assert_eq!(*world.port.counters(), FlorioCounters { control_dropped: 1, ..expected });
    world.kernel.borrow_mut().partner_is_there = true;
    world.set_room(usize::MAX);
    assert_eq!(world.pass(CONNECT_INTERVAL), [PortEvent::Connected]);
    world.packet(1, 3, 10);
    world.turn();
    assert_eq!(world.take_sent(), ["1:3"]);
    assert_eq!(world.kernel.borrow().opened, 1, "the same socket connects again");
}

#[test]
fn a_partner_that_was_replaced_within_a_turn_is_told_as_gone_and_then_as_there() {
    let mut world = World::connected();
    world.now += CONNECT_INTERVAL;
    world.kernel.borrow_mut().partner_is_there = false;
    assert!(!world.port.send_control(&[1]));
    world.kernel.borrow_mut().partner_is_there = true;
    assert_eq!(world.turn(), [PortEvent::Disconnected, PortEvent::Connected]);
}

#[test]
fn what_came_before_the_partner_was_found_gone_is_not_delivered_any_more() {
    let mut world = World::connected();
    world.kernel.borrow_mut().partner_is_there = false;
    assert!(!world.port.send_control(&[1]));
    let now = world.now;
    assert_eq!(world.port.handle_datagram(&mut data_frame(7, &[1]), now), Inbound::Dropped);
    assert_eq!(world.port.counters().frames_dropped_disconnected, 1);
    assert_eq!(world.turn(), [PortEvent::Disconnected]);
    assert!(matches!(world.port.handle_datagram(&mut data_frame(7, &[1]), now), Inbound::Data(_)));
}

#[test]
fn a_partner_that_turned_elsewhere_costs_a_new_socket() {
    let mut world = World::connected();
    world.kernel.borrow_mut().refusal = Some(Refusal::Gone { reason: "strange".into(), must_replace: true });
    world.port.send_control(&[1]);
    world.kernel.borrow_mut().cannot_open = true;
    assert_eq!(world.turn(), [PortEvent::Disconnected]);
    assert_eq!(world.port.waiting_for(), "ERR_FLORIO_SOCKET_IN_USE: taken");
    world.kernel.borrow_mut().cannot_open = false;
    world.kernel.borrow_mut().refusal = None;
    assert_eq!(world.pass(CONNECT_INTERVAL), [PortEvent::Connected]);
    assert_eq!(world.kernel.borrow().opened, 2);
}

#[test]
fn while_it_waits_it_looks_now_and_then_whether_its_own_file_is_there() {
    let mut world = World::alone();
    world.kernel.borrow_mut().own_path_is_gone = true;
    for _ in 0..OWN_PATH_CHECK_ATTEMPTS {
        assert_eq!(world.kernel.borrow().opened, 1);
        world.turn();
        world.now += CONNECT_INTERVAL;
    }
    assert_eq!(world.kernel.borrow().opened, 2);
}

#[test]
fn frames_that_are_wrong_are_counted_by_what_was_wrong() {
    let mut world = World::connected();
    for bytes in [&[][..], &[1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7], &[9], &[1, 3, 0, 0, 0, 0, 0, 1, 0, 1, 7]] {
        let now = world.now;
        assert_eq!(world.port.handle_datagram(&mut bytes.to_vec(), now), Inbound::Dropped);
    }
    world.port.handle_stranger();
    assert_eq!(world.turn(), [PortEvent::ForeignVersion(9)]);
    let counters = world.port.counters();
    assert_eq!(
        (
            counters.frames_dropped_malformed,
            counters.frames_dropped_version,
            counters.frames_dropped_type,
            counters.frames_dropped_sender
        ),
        (2, 1, 1, 1)
    );
}

#[test]
fn a_closed_port_takes_nothing_and_closing_twice_is_harmless() {
    let mut world = World::connected();
    world.packet(1, 1, 10);
    world.port.close();
    world.port.close();
    assert_eq!(world.take_sent(), ["1:1"], "what waited leaves first");
    assert!(!world.kernel.borrow().is_open);
    assert!(!world.port.send_control(&[1]) && !world.packet(1, 1, 1) && !world.port.is_writable());
    let now = world.now;
    assert_eq!(world.port.handle_datagram(&mut data_frame(7, &[1]), now), Inbound::Dropped);
    assert_eq!((world.pass(CONNECT_INTERVAL), world.port.next_timeout()), (vec![], None));
}

#[test]
fn a_message_is_repeated_until_another_one_is_given_or_the_partner_goes() {
    const INTERVAL: Duration = Duration::from_millis(300);
    let mut world = World::alone();
    world.port.repeat(&[9], INTERVAL, world.now);
    assert!(world.kernel.borrow().sent.is_empty(), "there is nobody");
    let mut world = World::connected();
    world.set_room(100);
    assert_eq!(world.port.next_timeout(), None);
    world.port.repeat(&[1], INTERVAL, world.now);
    assert_eq!(world.take_sent(), ["control:1"], "it leaves at once");
    for round in 1..=3 {
        for _ in 0..2 {
            assert_eq!(world.port.next_timeout(), Some(world.now + LOOK_INTERVAL));
            world.pass(LOOK_INTERVAL);
            assert_eq!(world.take_sent().len(), 0);
        }
        assert_eq!(world.kernel.borrow().looks, 2 * round, "it looks for the partner in between");
        world.pass(LOOK_INTERVAL);
        assert_eq!(world.take_sent(), ["control:1"]);
    }
    world.port.repeat(&[2], INTERVAL, world.now);
    world.pass(INTERVAL);
    assert_eq!(world.take_sent(), ["control:2", "control:2"]);
    world.kernel.borrow_mut().partner_is_there = false;
    assert_eq!(
        world.pass(LOOK_INTERVAL),
        [PortEvent::Disconnected],
        "a look gives rise to doubts, and a send shows it"
    );
    world.kernel.borrow_mut().partner_is_there = true;
    assert_eq!(world.pass(CONNECT_INTERVAL), [PortEvent::Connected]);
    world.pass(INTERVAL);
    assert_eq!((world.take_sent().len(), world.port.next_timeout()), (0, None), "it was for another partner");
}

#[test]
fn a_partner_whose_end_will_be_told_is_looked_for_when_it_is() {
    const INTERVAL: Duration = Duration::from_millis(300);
    let mut world = World::connected();
    world.set_room(100);
    world.port.repeat(&[1], INTERVAL, world.now);
    world.kernel.borrow_mut().partner_is_watched = true;
    world.pass(LOOK_INTERVAL);
    assert_eq!(world.kernel.borrow().looks, 1, "the look that was planned before");
    assert_eq!(world.pass(INTERVAL - LOOK_INTERVAL), []);
    assert_eq!((world.take_sent().len(), world.kernel.borrow().looks), (2, 1));
    assert_eq!(world.port.next_timeout(), Some(world.now + INTERVAL), "the heartbeat alone");

    world.port.handle_partner_end(world.now);
    assert_eq!((world.turn(), world.take_sent().len()), (vec![], 0), "the socket had another holder");
    assert_eq!(world.kernel.borrow().looks, 2);

    world.kernel.borrow_mut().partner_is_there = false;
    world.port.handle_partner_end(world.now);
    assert_eq!(world.turn(), [PortEvent::Disconnected]);

    let mut silent = World::connected();
    silent.port.handle_partner_end(silent.now);
    assert_eq!((silent.turn(), silent.port.next_timeout()), (vec![], None), "nothing is sent that could show it");
}

#[test]
fn a_message_that_is_known_is_noted_and_told_no_more() {
    let mut world = World::connected();
    let (now, heartbeat) = (world.now, control_frame(&[1, 2, 3]));
    assert_eq!(world.port.handle_datagram(&mut heartbeat.clone(), now), Inbound::Control(&[1, 2, 3]));
    let heard = Arc::new(Heard::new(now));
    world.port.set_known(&[1, 2, 3], Arc::clone(&heard));
    assert_eq!(heard.at(), None);
    assert_eq!(world.port.handle_datagram(&mut heartbeat.clone(), now), Inbound::Known);
    assert_eq!(heard.at(), Some(now));
    let later = now + Duration::from_secs(1);
    assert_eq!(world.port.handle_datagram(&mut control_frame(&[1, 2]), later), Inbound::Control(&[1, 2]));
    assert_eq!(heard.at(), Some(now));
    assert_eq!(world.port.handle_datagram(&mut heartbeat.clone(), later), Inbound::Known);
    assert_eq!(heard.at(), Some(later));
    assert_eq!(world.port.counters().frames_received, 4, "all are counted");
    world.port.set_known(&[], heard);
    assert_eq!(world.port.handle_datagram(&mut heartbeat.clone(), later), Inbound::Control(&[1, 2, 3]));
}
