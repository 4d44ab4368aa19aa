//! A connection whose packets take another way, and whether they are answered there.

use florenetes_engine::Connection as Quic;
use florenetes_lane::Now;

use super::Connection;
use super::reach::{News, Unanswered};
use crate::event::Event;
use crate::order::Way;
use crate::site::Site;

impl Connection {
    /// Moves an originator to another way, where its congestion control begins anew. Where the words have other shares alone, the way is the same.
    pub(crate) fn set_way(&mut self, way: Way, now: Now) {
        if !self.is_originator() || !self.is_open() || way == *self.way() {
            return;
        }
        let is_same = way.is_same(self.way());
        self.sender.move_to(way);
        if is_same {
            return;
        }
        self.begin_path(now);
        self.reach.handle_moved(now.instant);
    }

    /// Moves an acceptor to the way of the newest packet. Where congestion control does not begin anew, the window stays, and what is under way still
    /// counts.
    pub(super) fn follow(&mut self, way: Way, now: Now) {
        let is_same = way.is_same(self.way());
        self.sender.move_to(way);
        if is_same {
            return;
        }
        let acknowledgements = self.quic.with(0, |quic| quic.acknowledgements());
        if self.following.handle_other_way(acknowledgements, now.instant) {
            self.begin_path(now);
        }
    }

    /// Begins congestion control anew, asks for an answer, and repeats the last packets if they may be lost.
    ///
    /// A repeated packet that had arrived before is not answered again. The engine's PING makes a new packet, which is.
    fn begin_path(&mut self, now: Now) {
        self.signs.tell(&mut self.pulse, &mut self.quic);
        self.handle_link_up();
        self.quic.with((), |quic| Quic::begin_path(quic, now.ms));
        self.is_asking = true;
    }

    /// Tells the owner of an originator whether the peer answers. News for which the owner has no room follow once it has taken those before.
    pub(super) fn tell_reach(&mut self, site: &mut Site, now: Now) {
        if !self.is_originator() || !self.is_open() {
            return;
        }
        self.reach.handle_turn(self.unanswered(), now.instant);
        self.reach.hold_back(false);
        if !self.reach.is_awaited() && self.reach.news(0, self.unanswered(), now.instant).is_none() {
            return;
        }
        self.signs.tell(&mut self.pulse, &mut self.quic);
        let answers = self.quic.with(0, |quic| quic.path_acknowledgements());
        let Some(news) = self.reach.news(answers, self.unanswered(), now.instant) else { return };
        if !self.reaches.take(site.events.batch(), 1) {
            self.reach.hold_back(true);
            return site.events.hold_back_of(self.number);
        }
        self.reach.handle_told(news, answers);
        let connection = self.number;
        site.events.push(match news {
            News::Silent => Event::Silent { connection },
            News::Unanswered(time) => Event::Unanswered { connection, ms: time.as_millis() as u64 },
            News::Answered => Event::Answered { connection },
        });
    }

    pub(super) fn unanswered(&self) -> Unanswered {
        Unanswered {
            since: self.pulse.unanswered_since(),
            patience: self.pulse.unreachable_after(&self.limits),
            heard_at: self.pulse.heard_at(),
            silence: self.pulse.silent_after(&self.limits),
        }
    }
}
