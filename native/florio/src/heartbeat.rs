use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::heard::Heard;
use crate::limits::LOOK_INTERVAL;

/// Signs of life of both sides of a port, as long as they are no news: one message of ours is repeated, and one of the partner's only
/// noted. What they say is the owner's. Between two of ours it is looked whether the partner is there, which does not notice that: now and then,
/// or when there is a doubt where its end will be told.
#[derive(Default)]
pub(crate) struct Heartbeat {
    message: Vec<u8>,
    interval: Duration,
    /// When it is sent again. None: there is none.
    at: Option<Instant>,
    /// When it is looked for the partner. None: its end will be told.
    look_at: Option<Instant>,
    known: Vec<u8>,
    heard: Option<Arc<Heard>>,
}

impl Heartbeat {
    /// Another message is repeated from now on; it is due at once.
    pub(crate) fn repeat(&mut self, message: &[u8], interval: Duration, now: Instant) {
        self.message.clear();
        self.message.extend_from_slice(message);
        (self.interval, self.at, self.look_at) = (interval, Some(now), None);
    }

    /// Another message of the partner's is known, and it is noted there when it comes. Empty: none is, since none is empty.
    pub(crate) fn set_known(&mut self, message: &[u8], heard: Arc<Heard>) {
        self.known.clear();
        self.known.extend_from_slice(message);
        self.heard = Some(heard);
    }

    /// Whether a message is the known one, which is noted.
    pub(crate) fn is_known(&mut self, message: &[u8], now: Instant) -> bool {
        let is_known = message == self.known;
        if is_known && let Some(heard) = &self.heard {
            heard.note(now);
        }
        is_known
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.at.into_iter().chain(self.look_at).min()
    }

    /// The partner may have gone.
    pub(crate) fn handle_doubt(&mut self, now: Instant) {
        self.look_at = self.at.and(Some(now));
    }

    /// The message, when it is due, or when a look gives rise to doubts: to send it shows what is so.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        is_partner_watched: bool,
        is_partner_there: impl FnOnce() -> bool,
    ) -> Option<&[u8]> {
        let is_due = self.at? <= now;
        if !is_due && self.look_at.is_none_or(|at| at > now) {
            return None;
        }
        self.look_at = (!is_partner_watched).then_some(now + LOOK_INTERVAL);
        if !is_due && is_partner_there() {
            return None;
        }
        self.at = Some(now + self.interval);
        Some(&self.message)
    }

    /// The partner is gone: both messages were for it.
    pub(crate) fn clear(&mut self) {
        (self.at, self.look_at) = (None, None);
        self.known.clear();
    }
}
