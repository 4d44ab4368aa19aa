//! The owner hears that an originator's packets go unanswered, and that they are answered.

use std::time::{Duration, Instant};

use crate::support::end::{CONNECTION, HANDLE, LINK, Pair, SERVICE_LABEL};
use crate::support::threads::until;
use florenetes_cluster::{Event, Limits, Order, Way};

const OTHER_LINK: u32 = LINK + 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Unanswered(u64),
    Answered,
}

fn told(event: &Event) -> Option<Told> {
    match event {
        Event::Unanswered { connection: CONNECTION, ms } => Some(Told::Unanswered(*ms)),
        Event::Answered { connection: CONNECTION } => Some(Told::Answered),
        _ => None,
    }
}

fn unanswered(event: &Event) -> Option<u64> {
    match told(event) {
        Some(Told::Unanswered(ms)) => Some(ms),
        _ => None,
    }
}

fn answered(event: &Event) -> Option<()> {
    (told(event) == Some(Told::Answered)).then_some(())
}

/// A connection without streams, whose originator says something now and then.
fn pair() -> Pair {
    let limits = Limits { ping_path: Duration::from_millis(50), ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    pair.connect(crate::support::WINDOW, 1_000);
    for end in [&pair.a, &pair.b] {
        end.add_link(OTHER_LINK, HANDLE + 1);
    }
    pair
}

fn other_way() -> Way {
    Way { out_link: Some(OTHER_LINK), words: vec![SERVICE_LABEL << 12] }
}

#[test]
fn an_outage_is_told_soon_and_once_and_so_is_its_end() {
    let pair = pair();
    until(|| (pair.a.connection().quic.packets_received > 5).then_some(()));
    pair.wire.cut(true);
    let since = Instant::now();
    let ms = pair.a.event(unanswered);
    // The last answer may have come just before, or the next packet 50 ms after.
    assert!(ms >= 1_000, "{ms}");
    assert!(since.elapsed() >= Duration::from_millis(900), "{ms}");
    assert!(pair.a.connection().unanswered >= Duration::from_millis(ms));
    until(|| (pair.a.connection().unanswered > Duration::from_millis(2 * ms)).then_some(()));
    assert_eq!(pair.a.poll_event(told), None, "it is told once");
    assert_eq!(pair.b.poll_event(told), None, "an acceptor chooses no way");
    pair.wire.cut(false);
    pair.a.event(answered);
    let received = pair.a.connection().quic.packets_received;
    until(|| (pair.a.connection().quic.packets_received > received + 5).then_some(()));
    assert_eq!(pair.a.poll_event(told), None);
}

#[test]
fn the_first_answer_another_way_is_told_and_the_same_way_is_no_other() {
    let pair = pair();
    let set_way = || pair.a.order(Order::SetWay { connection: CONNECTION, way: other_way() });
    set_way();
    pair.a.event(answered);
    set_way();
    let received = pair.a.connection().quic.packets_received;
    until(|| (pair.a.connection().quic.packets_received > received + 5).then_some(()));
    assert_eq!(pair.a.poll_event(told), None);
}

#[test]
fn a_move_begins_the_time_without_an_answer_anew_but_not_in_the_figures() {
    let pair = pair();
    pair.wire.cut(true);
    pair.a.event(unanswered);
    let since = Instant::now();
    pair.a.order(Order::SetWay { connection: CONNECTION, way: other_way() });
    let ms = pair.a.event(unanswered);
    assert!(ms >= 1_000 && since.elapsed() >= Duration::from_secs(1), "{ms} {since:?}");
    assert!(pair.a.connection().unanswered >= Duration::from_millis(1_000 + ms));
    pair.wire.cut(false);
    pair.a.event(answered);
    assert_eq!(pair.a.poll_event(told), None);
}

#[test]
fn news_wait_for_an_owner_that_stands_still_and_are_not_lost() {
    let soon = Duration::from_millis(20);
    let limits = Limits { unreachable: soon, ping_path: soon, ..Limits::default() };
    let pair = Pair::with(limits, Limits::default());
    pair.connect(crate::support::WINDOW, 1_000);
    for _ in 0..5 {
        pair.wire.cut(true);
        until(|| (pair.a.connection().unanswered > 10 * soon).then_some(()));
        pair.wire.cut(false);
        until(|| pair.a.connection().unanswered.is_zero().then_some(()));
    }
    pair.wire.cut(true);
    until(|| (pair.a.connection().unanswered > 10 * soon).then_some(()));
    let mut news = Vec::new();
    until(|| {
        news.extend(pair.a.lane.take_events().iter().filter_map(told));
        matches!(news[..], [Told::Unanswered(_), Told::Answered, Told::Unanswered(_)]).then_some(())
    });
}
