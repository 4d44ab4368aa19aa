//! Strangers, neighbours and link vertices that flood: connections carry on, and what waits for the owner is bounded.

use crate::support::end::{HANDLE, LINK, PORT, Pair, SERVICE_LABEL, accept, dial, target};
use crate::support::threads::until;
use florenetes_cluster::limits::{EARLY_BYTES_MAX, EARLY_FRAMES_MAX};
use florenetes_cluster::{Event, Order};
use florenetes_florio::PortEvent;
use florenetes_lane::limits::{MESSAGES_WAITING_MAX, STRANGERS_WAITING_MAX};
use florenetes_wire::mesh::{Destination, LABEL_CONNECTION, LABEL_OPERATIONS, write_header};

/// Labels that one sender behind a neighbour may try (docs/protocol/mesh-packet.md).
const GUESSES_OF_ONE: u32 = 64;

/// The first bytes of a question of a trace, and of an answer (docs/protocol/trace.md).
const QUESTION_MAGIC: &[u8] = b"\x03TRQ";
const ANSWER_MAGIC: &[u8] = b"\x04TRQ";

/// A packet of a stranger to the service.
fn stranger(size: usize) -> Vec<u8> {
    let mut packet = vec![0xc0; size];
    write_header(&mut packet, fastrand::u64(..), [SERVICE_LABEL << 12].into_iter(), 32);
    packet
}

/// A packet to a label, with this beginning of its payload.
fn packet_to(label: u32, payload: &[u8], size: usize) -> Vec<u8> {
    let mut packet = vec![0; size];
    let at = write_header(&mut packet, fastrand::u64(..), [label << 12].into_iter(), 32);
    packet[at..at + payload.len()].copy_from_slice(payload);
    packet
}

/// Packets with meaningless labels, from this label on, as many as may count: one more would not count.
fn guesses(from: u32) -> Vec<Vec<u8>> {
    let guess = |label: u32| {
        let mut packet = vec![0xc0; 100];
        write_header(&mut packet, fastrand::u64(..), [label << 12].into_iter(), 32);
        packet
    };
    (from..from + GUESSES_OF_ONE).map(guess).collect()
}

fn guessing(event: &Event) -> Option<u32> {
    match event {
        Event::Guessing { link } => Some(*link),
        _ => None,
    }
}

fn port_event(event: &Event) -> Option<PortEvent> {
    match event {
        Event::PortConnected { port: PORT } => Some(PortEvent::Connected),
        Event::PortDisconnected { port: PORT } => Some(PortEvent::Disconnected),
        _ => None,
    }
}

#[test]
fn a_flood_of_strangers_is_bounded_while_streams_carry_on() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    for _ in 0..40 {
        pair.wire.inject((0..100).map(|_| stranger(200)).collect());
    }
    // The owner does not answer the bell all that time.
    let drops = until(|| Some(pair.b.figures()).filter(|it| it.links[0].packets_delivered >= 4_000)).drops;
    let _client = dial(pair.a.listen());
    let _server = accept(&listener);
    let events = pair.b.lane.take_events();
    let told = events.iter().filter(|event| matches!(event, Event::Packet { .. })).count();
    // The rest of the places is for strangers over other links.
    assert_eq!(told, STRANGERS_WAITING_MAX.div_ceil(3));
    assert!(drops.packets_untold >= 4_000 - STRANGERS_WAITING_MAX as u64 / 2);
}

#[test]
fn a_flood_over_one_link_leaves_room_for_strangers_of_another() {
    let pair = Pair::start();
    pair.b.add_link(LINK + 1, HANDLE + 1);
    for _ in 0..40 {
        pair.wire.inject((0..100).map(|_| stranger(200)).collect());
    }
    until(|| (pair.b.figures().links[0].packets_delivered >= 4_000).then_some(()));
    pair.wire.inject_as(HANDLE + 1, (0..20).map(|_| stranger(1_200)).collect());
    until(|| (pair.b.figures().links[1].packets_delivered >= 20).then_some(()));
    // All packets are judged by now, and told at the end of their turns.
    let is_other = |event: &&Event| matches!(event, Event::Packet { in_link: Some(link), .. } if *link == LINK + 1);
    let mut told = 0;
    until(|| {
        told += pair.b.lane.take_events().iter().filter(is_other).count();
        (told == 20).then_some(())
    });
}

/// Somebody behind a neighbour asks questions without an end; answers to this vertex's own, and first packets to its service, come over the same link.
#[test]
fn a_flood_of_questions_leaves_room_for_others_of_its_link() {
    let pair = Pair::start();
    until(|| {
        pair.wire.inject((0..100).map(|_| packet_to(LABEL_OPERATIONS, QUESTION_MAGIC, 200)).collect());
        (pair.b.figures().drops.packets_untold > 0).then_some(())
    });
    let mut others: Vec<_> = (0..20).map(|_| packet_to(LABEL_CONNECTION, ANSWER_MAGIC, 1_200)).collect();
    others.extend((0..20).map(|_| stranger(1_200)));
    pair.wire.inject(others);
    let mut told = [0, 0];
    until(|| {
        for event in pair.b.lane.take_events() {
            let Event::Packet { destination, .. } = event else { continue };
            told[usize::from(destination == Destination::Connection)] += 1;
        }
        (told == [20, 20]).then_some(())
    });
}

#[test]
fn a_flood_of_messages_is_bounded() {
    let pair = Pair::start();
    let _ = pair.b.lane.take_events();
    // The link vertex drops messages, too, when its socket is full.
    until(|| {
        pair.wire.message();
        (pair.b.figures().drops.messages_untold > 0).then_some(())
    });
    let is_message = |event: &&Event| matches!(event, Event::Message { .. }) || port_event(event).is_some();
    assert_eq!(pair.b.lane.take_events().iter().filter(is_message).count(), MESSAGES_WAITING_MAX);
}

#[test]
fn neighbours_who_guess_labels_are_told_within_the_share_of_messages() {
    let pair = Pair::start();
    pair.b.add_link(LINK + 1, HANDLE + 1);
    pair.wire.inject(guesses(1_000));
    assert_eq!(pair.b.event(guessing), LINK);
    until(|| {
        pair.wire.message();
        (pair.b.figures().drops.messages_untold > 0).then_some(())
    });
    pair.wire.inject_as(HANDLE + 1, guesses(2_000));
    until(|| (pair.b.figures().links[1].labels_guessed == u64::from(GUESSES_OF_ONE)).then_some(()));
    // A stranger's packet that comes after the guesses is told after them.
    pair.wire.inject(vec![stranger(200)]);
    let mut events = Vec::new();
    until(|| {
        events.extend(pair.b.lane.take_events());
        events.iter().any(|event| matches!(event, Event::Packet { .. })).then_some(())
    });
    assert!(!events.iter().any(|event| guessing(event).is_some()));
}

#[test]
fn a_partner_that_flaps_is_told_as_it_is_at_last() {
    let pair = Pair::start();
    until(|| {
        pair.wire.message();
        (pair.b.figures().drops.messages_untold > 0).then_some(())
    });
    for _ in 0..3 {
        pair.wire.reopen_b(&pair.folder.join("link-b"), &pair.folder.join("b"));
        // Only by a send does the thread find out that the partner is another one.
        pair.b.order(Order::SendMessage { port: PORT, message: vec![1] });
        until(|| pair.wire.is_connected().then_some(()));
    }
    let mut told = Vec::new();
    until(|| {
        told.extend(std::iter::from_fn(|| pair.b.poll_event(port_event)));
        (told.len() >= 3).then_some(())
    });
    assert_eq!(told, [PortEvent::Connected, PortEvent::Disconnected, PortEvent::Connected]);
}

#[test]
fn frames_of_no_link_are_few() {
    const SIZE: usize = 2_000;
    let pair = Pair::start();
    let of_port = || pair.b.figures().ports.remove(0);
    let figures = until(|| {
        pair.wire.inject_as(HANDLE + 1, (0..EARLY_FRAMES_MAX).map(|_| stranger(SIZE)).collect());
        Some(of_port()).filter(|port| port.frames_no_link > 0)
    });
    let kept = figures.florio.counters.packets_received - figures.frames_no_link;
    assert!(kept as usize * SIZE <= EARLY_BYTES_MAX, "{kept}");
    // Frames that are kept are counted, too, when no link has come for them.
    let many = EARLY_FRAMES_MAX as u64 / 2;
    until(|| (of_port().frames_no_link > figures.frames_no_link + many).then_some(()));
}

/// The thread forgets the frames, or a neighbour could have its packets taken for those of another one, whose link gets the handle in the
/// next life of the link vertex.
#[test]
fn frames_of_no_link_are_forgotten_with_their_partner() {
    let pair = Pair::start();
    pair.wire.inject_as(HANDLE + 1, vec![stranger(200)]);
    until(|| (pair.b.figures().ports[0].florio.counters.packets_received > 0).then_some(()));
    pair.wire.reopen_b(&pair.folder.join("link-b"), &pair.folder.join("b"));
    until(|| {
        pair.b.order(Order::SendMessage { port: PORT, message: vec![1] });
        let is_gone = |event: &Event| port_event(event) == Some(PortEvent::Disconnected);
        pair.b.poll_event(|event| is_gone(event).then_some(()))
    });
    pair.b.set_link(HANDLE + 1);
    let figures = pair.b.figures();
    assert_eq!((figures.links[0].packets_received, figures.ports[0].frames_no_link), (0, 1));
}
