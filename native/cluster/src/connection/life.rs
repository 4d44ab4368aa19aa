//! Signs of life of a connection, and its end.

use std::time::Instant;

use florenetes_engine::{CloseCause, Closed, Connection as Quic, Event as QuicEvent};
use florenetes_lane::{LaneClock, Now};

use super::pulse::Beat;
use super::{Company, Connection, State};
use crate::codes::{CONNECTION_LOST, DONE, SILENT, SUPERSEDED, TOO_MANY_STREAMS};
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
                // The repeated packet may have arrived before, and then nobody answers it. A PING makes a new packet.
                self.quic.with((), Quic::ping);
            }
        }
    }

    /// The turn is over: what is waited for from now on? True: it ends, and is to be served again.
    ///
    /// `is_watchful`: its peer's death matters soon though it has no streams, for former connections of its trunk have some, and would
    /// hear nothing of a peer that was restarted with another key.
    pub(crate) fn settle(&mut self, is_watchful: bool, clock: &LaneClock, site: &mut Site, now: Now) -> bool {
        self.quic_at = clock.instant(self.quic.with(f64::INFINITY, Quic::next_timeout));
        if !self.is_open() {
            return false;
        }
        if self.quic_at.is_none() {
            self.sender.release();
        }
        self.pulse.update(now.instant, self.quic_at.is_some(), self.streams.open() > 0 || is_watchful);
        self.is_draining && self.finish(site, now)
    }

    /// Lets others go first, if it is of such a class and there are some; to be called in each of its turns. Alone it keeps the usual queue, which
    /// bridges the time in which a busy machine has no processor for it.
    pub(crate) fn keep_company(&mut self, company: &mut Company, now: Instant) {
        if self.sender.traffic_class().is_yielding() {
            let is_yielding = company.has_others(now);
            self.quic.with((), |quic| quic.set_yielding(is_yielding));
        } else if self.streams.open() > 0 {
            company.handle_others(now);
        }
    }

    /// A draining connection ends when its streams have, and all that they sent has arrived, with its workloads, too: an originator leaves
    /// it to its acceptor, which alone knows that. True: there is something to send.
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
            // The engine still has to send its own CONNECTION_CLOSE; a peer that has closed wants nothing more.
            let lost = self.end(code, &closed.reason, closed.cause == CloseCause::Local, site, now);
            self.tell_lost(lost, site);
            site.events.push(Event::Closed { connection: self.number, closed });
        }
    }

    /// Ends it by an order; `Left` follows.
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

    /// Ends it, as the peer was restarted since.
    pub(crate) fn abandon(&mut self, code: u64, reason: &str, site: &mut Site, now: Now) {
        if self.is_open() {
            self.offer_again(site, now);
        }
        self.close(code, reason, false, site, now);
    }

    /// Lets go of all that nobody can have seen: it is for another connection.
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

    /// Ends it without an order, and tells so.
    pub(super) fn give_up(&mut self, cause: CloseCause, code: u64, reason: &str, site: &mut Site, now: Now) {
        self.quic.with((), |quic| quic.close(code, reason));
        let lost = self.end(code, reason, true, site, now);
        self.tell_lost(lost, site);
        let closed = Closed { cause, is_application: true, code, reason: reason.into() };
        site.events.push(Event::Closed { connection: self.number, closed });
    }

    /// Returns how many streams had not lasted.
    fn end(&mut self, code: u64, text: &str, has_to_tell: bool, site: &mut Site, now: Now) -> u64 {
        self.state = State::Closing;
        self.sender.forget();
        self.leave_at = Some(if has_to_tell { now.instant + self.limits.closing } else { now.instant });
        let code = if code == DONE { CONNECTION_LOST } else { code };
        self.streams.clear(code, text, site, now)
    }

    /// An acceptor has lost so many streams by its peer's doing. That is told once in its life, and not held back.
    fn tell_lost(&mut self, lost: u64, site: &mut Site) {
        let streams = std::mem::take(&mut self.failed) + lost;
        if streams > 0 && !self.is_originator() {
            site.events.push(Event::Failed { connection: self.number, streams });
        }
    }

    /// An originator gives a connection a successor in time; this is for one that does not.
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
