//! Signs of life of a portal that are no news stay in the thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::end::{PORT, Pair};
use crate::support::threads::until;
use florenetes_cluster::{Event, Order};
use florenetes_florio::Heard;

fn is_message(event: &Event) -> Option<()> {
    matches!(event, Event::Message { port: PORT, .. }).then_some(())
}

#[test]
fn heartbeats_that_are_no_news_stay_in_the_thread() {
    let Pair { b, wire, folder, .. } = Pair::start();
    b.order(Order::RepeatMessage { port: PORT, message: vec![7], interval: Duration::from_millis(5) });
    until(|| {
        wire.ask(|passing, _, _| passing.messages.iter().filter(|message| **message == [7]).count() >= 3).then_some(())
    });
    // Each message of the partner is [1].
    let heard = Arc::new(Heard::new(Instant::now()));
    b.order(Order::SetKnownMessage { port: PORT, message: vec![1], heard: Arc::clone(&heard) });
    b.figures();
    assert_eq!(heard.at(), None);
    wire.message();
    let heard_at = until(|| heard.at());
    wire.message();
    until(|| heard.at().filter(|at| *at > heard_at));
    assert!(b.poll_event(is_message).is_none());
    // The thread sends nothing and still finds out that the partner is gone. The next partner's messages are all news.
    wire.reopen_b(&folder.join("link-b"), &folder.join("b"));
    let gone = |event: &Event| matches!(event, Event::PortDisconnected { .. }).then_some(());
    until(|| b.poll_event(gone));
    until(|| wire.is_connected().then_some(()));
    wire.message();
    until(|| b.poll_event(is_message));
}
