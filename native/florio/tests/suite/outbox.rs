//! The queue of a port: packing, bounds, and the count of all that was given.

use std::time::Duration;

use crate::support::World;
use florenetes_florio::limits::{
    FRAME_SIZE_MAX, PACKET_SIZE_MAX, QUEUE_BYTES_MAX, QUEUE_CONTROL_MAX, QUEUE_FRAMES_MAX,
};
use florenetes_florio::{PortEvent, Refusal};

#[test]
fn packets_of_a_turn_leave_in_one_frame_for_each_link_in_the_order_in_which_they_were_begun() {
    let mut world = World::connected();
    for (handle, first) in [(1, 1), (2, 2), (1, 3), (3, 4), (2, 5), (1, 6)] {
        assert!(world.packet(handle, first, 10));
    }
    assert!(world.take_sent().is_empty());
    world.turn();
    assert_eq!(world.take_sent(), ["1:1,3,6", "2:2,5", "3:4"]);
    let counters = world.port.counters();
    assert_eq!((counters.frames_sent, counters.packets_sent), (3, 6));
}

#[test]
fn a_full_frame_leaves_at_once() {
    let mut world = World::connected();
    world.packet(1, 1, 40_000);
    world.packet(1, 2, 24_000);
    assert!(world.take_sent().is_empty());
    world.packet(1, 3, 24_000);
    assert_eq!(world.take_sent(), ["1:1,2"]);
    world.turn();
    assert_eq!(world.take_sent(), ["1:3"]);
}

#[test]
fn a_whole_frame_goes_on_after_what_the_link_had_before_and_before_what_comes_later() {
    let mut world = World::connected();
    world.packet(9, 1, 10);
    assert!(world.whole(9, &[2, 3]));
    world.packet(9, 4, 10);
    world.turn();
    assert_eq!(world.take_sent(), ["9:1", "9:2,3", "9:4"]);
    assert!(world.whole(7, &[5]));
    assert_eq!(world.take_sent(), ["7:5"], "nothing waits, so that it need not");
    let counters = world.port.counters();
    assert_eq!((counters.frames_sent, counters.packets_sent), (4, 5));
}

#[test]
fn packets_that_no_frame_can_hold_are_refused() {
    let mut world = World::connected();
    assert!(!world.packet(1, 1, PACKET_SIZE_MAX + 1));
    assert!(!world.packet(1, 1, 0));
    assert!(!world.packet(0, 1, 10));
    assert_eq!(world.port.counters().packets_refused_unsendable, 3);
    assert!(world.packet(1, 1, PACKET_SIZE_MAX));
}

#[test]
fn a_full_socket_makes_frames_larger_not_more() {
    let mut world = World::connected();
    world.set_room(0);
    for first in 1..=3 {
        world.packet(1, first, 10);
        world.turn();
    }
    assert_eq!(world.port.counters().socket_full, 1);
    assert!(world.port.is_blocked() && world.port.is_writable());
    world.kernel.borrow_mut().room = 1;
    world.turn();
    assert!(world.take_sent().is_empty(), "nothing is tried before the socket says that it has room");
    world.port.handle_writable();
    world.turn();
    assert_eq!(world.take_sent(), ["1:1,2,3"]);
}

#[test]
fn bytes_beyond_the_bound_are_refused_and_what_was_taken_is_not_lost() {
    let mut world = World::connected();
    world.set_room(0);
    world.packet(1, 0, 10);
    world.turn();
    let mut taken = 1;
    while world.packet(1, 7, 1_000) {
        taken += 1;
    }
    assert!((QUEUE_BYTES_MAX / 1_000 - 10..=QUEUE_BYTES_MAX / 1_000 + 1).contains(&taken), "{taken}");
    assert!(!world.port.is_writable());
    assert_eq!(world.turn(), []);
    world.set_room(usize::MAX);
    assert_eq!(world.turn(), [PortEvent::Writable]);
    assert_eq!(world.turn(), [], "it is told once");
    assert_eq!(world.take_sent().len(), taken.div_ceil(FRAME_SIZE_MAX / 1_002));
    assert_eq!(world.port.counters().packets_sent, taken as u64);
}

#[test]
fn frames_and_messages_are_bounded_in_number() {
    let mut world = World::connected();
    world.set_room(0);
    for handle in 1..=QUEUE_FRAMES_MAX as u32 {
        assert!(world.packet(handle, 1, 10));
    }
    assert!(!world.packet(QUEUE_FRAMES_MAX as u32 + 1, 1, 10));
    assert!(!world.whole(5, &[1, 2]));
    assert!(world.packet(QUEUE_FRAMES_MAX as u32, 2, 10), "what is open takes more");
    assert_eq!(world.port.counters().packets_refused_queue_full, 3);
    for _ in 0..QUEUE_CONTROL_MAX {
        assert!(world.port.send_control(&[1]));
    }
    assert!(!world.port.send_control(&[1]));
    assert_eq!(world.port.counters().control_dropped, 1);
    world.set_room(usize::MAX);
    world.turn();
    let sent = world.take_sent();
    assert_eq!(sent.len(), QUEUE_CONTROL_MAX + QUEUE_FRAMES_MAX);
    assert!(sent[..QUEUE_CONTROL_MAX].iter().all(|frame| frame == "control:1"), "messages go first");
}

#[test]
fn a_turn_with_more_links_than_the_queue_has_places_sends_what_it_has() {
    let mut world = World::connected();
    for handle in 1..=3 * QUEUE_FRAMES_MAX as u32 {
        assert!(world.packet(handle, 1, 10));
    }
    world.turn();
    assert_eq!(world.take_sent().len(), 3 * QUEUE_FRAMES_MAX);
}

#[test]
fn a_frame_that_the_kernel_refuses_for_itself_holds_up_no_other() {
    let mut world = World::connected();
    world.kernel.borrow_mut().refusal = Some(Refusal::Unsendable);
    world.packet(1, 1, 10);
    assert!(!world.port.send_control(&[1]));
    world.turn();
    world.kernel.borrow_mut().refusal = None;
    world.packet(1, 2, 10);
    world.turn();
    assert_eq!(world.take_sent(), ["1:2"]);
    let counters = world.port.counters();
    assert_eq!((counters.packets_dropped_unsendable, counters.control_dropped, counters.disconnects), (1, 1, 0));
}

/// Each packet is counted by one counter or waits, whatever the socket and the partner do.
#[test]
fn no_packet_is_lost_without_being_counted_and_none_is_counted_twice() {
    for seed in 0..200_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let mut world = World::alone();
        let mut given = 0;
        for _ in 0..400 {
            match random(12) {
                0..=5 => {
                    given += 1;
                    world.packet(random(4) as u32, 1, random(PACKET_SIZE_MAX as u64 / 2) as usize);
                }
                6 => {
                    given += 2;
                    // A frame of a turn in which the partner was found gone is not delivered.
                    world.turn();
                    world.whole(1 + random(3) as u32, &[1, 2]);
                }
                7 => world.set_room(random(6) as usize),
                8 => {
                    let is_there = random(4) > 0;
                    world.kernel.borrow_mut().partner_is_there = is_there;
                }
                9 => {
                    let refusal = Some(Refusal::Unsendable).filter(|_| random(3) == 0);
                    world.kernel.borrow_mut().refusal = refusal;
                }
                10 => {
                    world.port.send_control(&[1]);
                }
                _ => {
                    world.pass(Duration::from_millis(random(150)));
                }
            }
        }
        world.port.close();
        let counters = world.port.counters();
        let refused = counters.packets_refused_queue_full
            + counters.packets_refused_not_connected
            + counters.packets_refused_unsendable;
        let dropped = counters.packets_dropped_not_connected + counters.packets_dropped_unsendable;
        assert_eq!(counters.packets_sent + refused + dropped, given, "seed {seed}: {counters:?}");
    }
}
