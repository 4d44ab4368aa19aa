//! ECN between two lanes: the lanes find out whether marks come through, and nothing depends on it.

use std::time::Instant;

use crate::support::connected;
use crate::support::end::{End, NEVER, SESSION};
use crate::support::forwarder::{Fate, Forwarder};
use crate::support::threads::until;
use florenetes_io::Ecn;
use florenetes_link::{Order, SessionFigures};

const HONEST: Fate = |_| Some(Ecn::Capable0);
const CONGESTED_AT_TIMES: Fate =
    |number| Some(if number.is_multiple_of(8) { Ecn::CongestionExperienced } else { Ecn::Capable0 });
const MARKING_ALL: Fate = |_| Some(Ecn::CongestionExperienced);
const BLEACHING: Fate = |_| Some(Ecn::NotCapable);
const DROPPING: Fate = |_| None;

/// Packets that an end marks until its peer tells of a mark.
const TRIAL: usize = 10;
/// Seconds between the first two trials; later ones are further apart.
const TRIALS_APART: usize = 8;

struct Path {
    a: End,
    b: End,
    forwarder: Forwarder,
    received: usize,
    start: Instant,
}

impl Path {
    fn new(fate: Fate) -> Self {
        let (a, b) = (End::start(), End::start());
        let forwarder = Forwarder::between([a.address, b.address], fate);
        let (client, server) = connected();
        a.adopt(client, forwarder.addresses[0], true, NEVER);
        b.adopt(server, forwarder.addresses[1], false, NEVER);
        Self { a, b, forwarder, received: 0, start: Instant::now() }
    }

    /// Sends a few packets each way, some of which the path may drop; returns the figures of both ends.
    fn exchange(&mut self) -> [SessionFigures; 2] {
        for (from, to) in [(&self.a, &self.b), (&self.b, &self.a)] {
            from.send(vec![vec![7; 1_000]; 4]);
            self.received += to.partner.ask(|recorder, _, _| std::mem::take(&mut recorder.packets)).len();
        }
        [self.a.session(), self.b.session()]
    }

    fn exchange_until(&mut self, what: impl Fn(&SessionFigures) -> bool) {
        until(|| self.exchange().iter().all(&what).then_some(()));
    }

    /// Sends packets through, many more than may be under way.
    fn assert_carries(&mut self) {
        let before = self.received;
        until(|| {
            self.exchange();
            (self.received > before + 400).then_some(())
        });
    }

    /// Waits until both ends have tried marks; neither may go on with them.
    fn assert_given_up(&mut self) {
        until(|| {
            self.exchange();
            self.forwarder.marked().iter().all(|count| *count > 0).then_some(())
        });
        self.assert_carries();
        assert!(!self.exchange().iter().any(is_on));
        let (marked, elapsed) = (self.forwarder.marked(), self.start.elapsed().as_secs() as usize);
        let most = TRIAL * (1 + elapsed / TRIALS_APART);
        assert!(marked.iter().all(|count| *count <= most), "{marked:?} of {most}");
    }
}

fn is_on(figures: &SessionFigures) -> bool {
    figures.quic.is_ecn_on
}

#[test]
fn marks_are_used_where_they_come_through_and_what_routers_say_is_counted() {
    let mut path = Path::new(HONEST);
    path.exchange_until(is_on);
    assert!(path.exchange().iter().all(|figures| figures.quic.ce_received == 0));
    path.forwarder.set_fate(CONGESTED_AT_TIMES);
    path.exchange_until(|figures| figures.quic.ce_received > 5);
    path.assert_carries();
    assert!(path.exchange().iter().all(is_on));
}

#[test]
fn a_path_that_bleaches_marks_or_sets_all_of_them_is_used_without() {
    for fate in [BLEACHING, MARKING_ALL, DROPPING] {
        Path::new(fate).assert_given_up();
    }
}

#[test]
fn a_path_that_becomes_bad_is_used_without_and_tried_again_when_the_peer_moves() {
    for fate in [BLEACHING, MARKING_ALL, DROPPING] {
        let mut path = Path::new(HONEST);
        path.exchange_until(is_on);
        path.forwarder.set_fate(fate);
        path.exchange_until(|figures| !is_on(figures));
        path.assert_carries();
        path.forwarder.set_fate(HONEST);
        for (end, to) in [(&path.a, path.forwarder.addresses[0]), (&path.b, path.forwarder.addresses[1])] {
            end.order(Order::SetAddress { session: SESSION, to: to.into() });
        }
        path.exchange_until(is_on);
        path.assert_carries();
    }
}
