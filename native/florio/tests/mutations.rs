//! A partner that sends what it likes, while the socket, the partner and time do what they like: nothing panics, every frame is counted
//! once, and what waits is bounded.

mod support;

use florenetes_florio::frame::{append_packet, begin_data, has_room, write_control};
use florenetes_florio::limits::CONNECT_INTERVAL;
use florenetes_florio::{Inbound, Refusal};
use florenetes_fuzz::{Random, rounds};
use support::World;

const ROUNDS: u64 = 20_000;
/// Events of a turn: one of each kind at most, and a connection that is made and lost again.
const EVENTS_MAX: usize = 8;

/// Frames as partners send them.
fn corpus() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for size in [1, 20, 1_000] {
        let mut control = Vec::new();
        write_control(&mut control, &vec![7; size]);
        frames.push(control);
        let mut data = Vec::new();
        begin_data(&mut data, size as u32);
        while has_room(&data, size) && data.len() < 4_000 {
            append_packet(&mut data, &vec![1; size]);
        }
        frames.push(data);
    }
    frames
}

fn disturb(world: &mut World, random: &mut Random) {
    let mut kernel = world.kernel.borrow_mut();
    match random.below(8) {
        0 => kernel.partner_is_there = random.below(3) > 0,
        1 => kernel.refusal = None,
        2 => kernel.refusal = Some(Refusal::Unsendable),
        3 => kernel.refusal = Some(Refusal::Gone { reason: "strange".into(), must_replace: random.below(2) == 0 }),
        4 => kernel.own_path_is_gone = random.below(2) == 0,
        5 => kernel.cannot_open = random.below(2) == 0,
        _ => kernel.room = random.below(20),
    }
    kernel.sent.clear();
}

#[test]
fn every_frame_of_a_hostile_partner_is_counted_once() {
    let corpus = corpus();
    let mut world = World::connected();
    let mut taken = 0;
    rounds(ROUNDS, |_, random| {
        if random.below(4) == 0 {
            disturb(&mut world, random);
        }
        let counted = |world: &World| {
            let counters = world.port.counters();
            let dropped =
                counters.frames_dropped_malformed + counters.frames_dropped_version + counters.frames_dropped_type;
            counters.frames_received + dropped + counters.frames_dropped_disconnected
        };
        for _ in 0..random.below(4) {
            let mut frame = random.mutate(&corpus);
            let before = counted(&world);
            let now = world.now;
            match world.port.handle_datagram(&mut frame, now) {
                Inbound::Data(data) => {
                    taken += 1;
                    assert!(data.packets > 0);
                    world.port.send_frame(9, data);
                }
                Inbound::Control(message) => {
                    taken += 1;
                    assert!(!message.is_empty());
                    let answer = message.to_vec();
                    world.port.send_control(&answer);
                }
                Inbound::Known | Inbound::Dropped => {}
            }
            assert_eq!(counted(&world), before + 1);
        }
        if random.below(3) == 0 {
            world.port.handle_writable();
        }
        world.now += CONNECT_INTERVAL / (1 + random.below(10) as u32);
        assert!(world.turn().len() <= EVENTS_MAX);
    });
    assert!(taken > 1_000, "frames were still taken: {taken}");
}
