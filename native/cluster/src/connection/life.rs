//! Signs of life of a connection, and its end.

use std::time::Instant;

use florenetes_engine::{CloseCause, Closed, Connection as Quic, Event as QuicEvent};
use florenetes_lane::{LaneClock, Now};

use super::pulse::Beat;
use super::{Company, Connection, State};
use crate::codes::{CONNECTION_LOST, DONE, NOT_GRANTED, SILENT, SUPERSEDED, TOO_MANY_STREAMS};
use crate::event::Event;
use crate::limits::{CLOSING_FACTOR, RENEWAL_FACTOR};
use crate::message;
use crate::site::Site;
use crate::workloads::Unknown;

impl Connection {
    pub(crate) fn handle_timeout(&mut self, site: &mut Site, now: Now) {
        let at = now.instant;
        if self.leave_at.is_some_and(|leave| leave <= at) {
            self.state = State::Gone;
            return;
        }
        if self.repeat_close_at.is_some_and(|repeat| repeat <= at) {
            self.sender.repeat_later();
            self.repeat_close_at = Some(at + self.limits.repeat_every);
        }
        self.quic.with((), |quic| {
            if quic.next_timeout() <= now.ms {
                quic.handle_timeout(now.ms);
            }
        });
        if !self.is_open() {
            return;
        }
        self.work(site, now, |streams, work| streams.handle_timeout(work));
        self.signs.tell(&mut self.pulse, &mut self.quic);
        match self.pulse.handle_timeout(at, &self.limits) {
            Beat::None => {}
            Beat::GiveUp => self.give_up(CloseCause::Idle, SILENT, "nothing was heard for too long", site, now),
            Beat::Ping => self.quic.with((), Quic::ping),
            Beat::Repeat => {
                self.sender.repeat_later();
                self.doubt_size(true, site);
                if self.is_originator() && self.pulse.is_unreachable(at, &self.limits) {
                    self.work(site, now, |streams, work| streams.refuse_overdue(work));
                }
                // If the repeated packet had arrived before, the peer does not answer it again. A PING makes a new packet, which it answers.
                self.quic.with((), Quic::ping);
            }
        }
    }

    /// Sets the timers at the end of a turn, and ends a draining connection that has nothing left to do. True: the connection ends, and needs another
    /// turn.
    ///
    /// `is_watchful`: the connection looks after its peer as often as if it had streams, because former connections of its trunk still have some.
    /// Those would not notice a peer that was restarted with another key.
    pub(crate) fn settle(&mut self, is_watchful: bool, clock: &LaneClock, site: &mut Site, now: Now) -> bool {
        self.quic_at = clock.instant(self.quic.with(f64::INFINITY, Quic::next_timeout));
        if !self.is_open() {
            return false;
        }
        self.is_asking &= self.quic_at.is_none();
        let is_unanswered = self.quic_at.is_some() || self.is_asking;
        if !is_unanswered {
            self.sender.release();
        }
        self.pulse.update(now.instant, is_unanswered, self.streams.open() > 0 || is_watchful);
        self.is_draining && self.finish(site, now)
    }

    /// Lets a connection of a yielding class yield while the vertex has streams of other classes; to be called in each turn of a connection. Without
    /// them it keeps the usual queue at the bottleneck, which bridges the time in which a busy machine has no processor for it.
    pub(crate) fn keep_company(&mut self, company: &mut Company, now: Instant) {
        if self.sender.traffic_class().is_yielding() {
            let is_yielding = company.has_others(now);
            self.quic.with((), |quic| quic.set_yielding(is_yielding));
        } else if self.streams.open() > 0 {
            company.handle_others(now);
        }
    }

    /// Ends a draining connection once its streams have ended and all that they sent has reached the workloads. Only the acceptor knows the latter,
    /// so an originator sends FINISH and leaves the end to the acceptor. True: there is something to send.
    ///
    /// ```text
    ///   originator   streams end ──all is acknowledged──▶ FINISH ──▶ the acceptor closes, or 60 s
    ///   acceptor     FINISH ──▶ streams end ──all is acknowledged──▶ closes
    /// ```
    fn finish(&mut self, site: &mut Site, now: Now) -> bool {
        if self.streams.open() > 0 {
            (self.linger_at, self.is_finishing) = (None, false);
            return false;
        }
        let linger_at = *self.linger_at.get_or_insert(now.instant + self.limits.linger);
        let is_overdue = linger_at <= now.instant;
        if !is_overdue && (self.is_finishing || self.is_in_flight()) {
            return false;
        }
        if !is_overdue && self.is_originator() {
            self.is_finishing = true;
            self.linger_at = Some(now.instant + self.limits.finish);
            self.control.send(message::FINISH);
        } else {
            self.give_up(CloseCause::Local, DONE, "", site, now);
        }
        true
    }

    pub(super) fn poll_events(&mut self, site: &mut Site, now: Now) {
        while let Some(event) = self.quic.poll_event() {
            let QuicEvent::Closed(closed) = event else { continue };
            if !self.is_open() {
                continue;
            }
            self.was_reset = closed.cause == CloseCause::Reset;
            if self.was_reset {
                self.offer_again(site, now);
            }
            let code = if closed.is_application { closed.code } else { CONNECTION_LOST };
            // After a local close the engine still has to send its CONNECTION_CLOSE. A peer that has closed needs no answer.
            let lost = self.end(code, &closed.reason, closed.cause == CloseCause::Local, site, now);
            self.tell_lost(lost, site);
            site.events.push(Event::Closed { connection: self.number, closed });
        }
    }

    /// Ends the connection by an order; the event `Left` follows.
    pub(crate) fn close(&mut self, code: u64, reason: &str, is_repeated: bool, site: &mut Site, now: Now) {
        if !self.is_open() {
            return;
        }
        self.quic.with((), |quic| quic.close(code, reason));
        let lost = self.end(code, reason, true, site, now);
        if code == SUPERSEDED {
            self.tell_lost(lost, site);
        }
        self.repeat_close_at = is_repeated.then(|| now.instant + self.limits.repeat_after);
    }

    /// Ends a connection to a service that may not be served any more, and tells both the peer and the owner. No stream has failed by the peer's doing.
    pub(crate) fn end_service(&mut self, site: &mut Site, now: Now) {
        self.close(NOT_GRANTED, "", true, site, now);
        let closed =
            Closed { cause: CloseCause::Local, is_application: true, code: NOT_GRANTED, reason: String::new() };
        site.events.push(Event::Closed { connection: self.number, closed });
    }

    /// Ends a connection whose peer was restarted since it began.
    pub(crate) fn abandon(&mut self, code: u64, reason: &str, site: &mut Site, now: Now) {
        if self.is_open() {
            self.offer_again(site, now);
        }
        self.close(code, reason, false, site, now);
    }

    /// Hands back the workloads whose streams no process can have seen, to be opened on another connection.
    fn offer_again(&mut self, site: &mut Site, now: Now) {
        let newest_packet = self.quic.with(None, |quic| quic.newest_packet());
        let patience = self.limits.restart + self.signs.shortest_rtt();
        let unknown = Unknown { newest_packet, patience, now: now.instant };
        self.streams.offer_again(unknown, site);
    }

    pub(crate) fn repeat_close(&mut self) {
        if self.state == State::Closing {
            self.sender.repeat_later();
        }
    }

    /// Ends the connection without an order, and tells the owner.
    pub(super) fn give_up(&mut self, cause: CloseCause, code: u64, reason: &str, site: &mut Site, now: Now) {
        self.quic.with((), |quic| quic.close(code, reason));
        let lost = self.end(code, reason, true, site, now);
        self.tell_lost(lost, site);
        let closed = Closed { cause, is_application: true, code, reason: reason.into() };
        site.events.push(Event::Closed { connection: self.number, closed });
    }

    /// Ends the connection. Returns how many of its streams had not lasted.
    fn end(&mut self, code: u64, text: &str, has_to_tell: bool, site: &mut Site, now: Now) -> u64 {
        self.state = State::Closing;
        self.sender.forget();
        self.leave_at = Some(if has_to_tell { now.instant + self.limits.closing } else { now.instant });
        let code = if code == DONE { CONNECTION_LOST } else { code };
        self.streams.clear(code, text, site, now)
    }

    /// Tells how many streams an acceptor has lost by its peer's doing. The event comes once in the life of a connection, and is not held back.
    fn tell_lost(&mut self, lost: u64, site: &mut Site) {
        let streams = std::mem::take(&mut self.failed) + lost;
        if streams > 0 && !self.is_originator() {
            site.events.push(Event::Failed { connection: self.number, streams });
        }
    }

    /// Asks the originator for a new connection once this one has had most of its share of streams, and closes the connection if the originator goes
    /// on far beyond the share.
    pub(super) fn judge_opened(&mut self, site: &mut Site, now: Now) {
        let (seen, share) = (self.streams.seen(), self.limits.streams_per_connection);
        let before = std::mem::replace(&mut self.judged, seen);
        let renew_at = (share as f64 * RENEWAL_FACTOR) as u64;
        if before < renew_at && seen >= renew_at {
            self.control.send(message::RENEW);
        }
        if seen > CLOSING_FACTOR * share {
            self.give_up(CloseCause::Local, TOO_MANY_STREAMS, "this connection has had its share", site, now);
        }
    }
}
