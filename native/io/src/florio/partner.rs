use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::limits::UNNAMED_DATAGRAMS_MAX;
use crate::sys::process::watch_end;

/// The process that the partner's datagrams come from. The kernel reports the end of a process at once, but never the end of a socket.
///
/// ```text
///            a datagram names its process            it has ended
///  ┌─────────┐ ───────────────────────▶ ┌─────────┐ ────────────▶ unknown
///  │ unknown │                          │ watched │
///  └─────────┘ ───────┐                 └─────────┘
///                     ▼ none can be watched: it is in another PID namespace, or the system is too old
///                 ┌────────┐
///                 │ hidden │
///                 └────────┘
/// ```
///
/// The end of the process proves nothing: another process may hold the socket, or the socket may have been closed before. So it only raises a doubt,
/// and heartbeats find the rest.
pub(super) enum Partner {
    /// How many datagrams have not named their process.
    Unknown(u8),
    Watched {
        end: OwnedFd,
        /// Whether the data thread does not watch the descriptor yet.
        is_new: bool,
    },
    Hidden,
}

impl Default for Partner {
    fn default() -> Self {
        Self::Unknown(0)
    }
}

impl Partner {
    /// Whether datagrams are to name their process.
    pub(super) fn is_asked_for(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    pub(super) fn is_watched(&self) -> bool {
        matches!(self, Self::Watched { .. })
    }

    /// Handles that a datagram of the partner came from this process; 0: the kernel does not name one.
    pub(super) fn handle_process(&mut self, process: libc::pid_t) {
        let Self::Unknown(unnamed) = *self else { return };
        *self = match process {
            // The datagram was sent before we asked, or its process is invisible to us.
            0 if unnamed < UNNAMED_DATAGRAMS_MAX => Self::Unknown(unnamed + 1),
            0 => Self::Hidden,
            _ => watch_end(process).map_or(Self::Hidden, |end| Self::Watched { end, is_new: true }),
        };
    }

    /// The descriptor that becomes readable when the process ends. It is returned once.
    pub(super) fn take_new_end(&mut self) -> Option<BorrowedFd<'_>> {
        let Self::Watched { end, is_new } = self else { return None };
        std::mem::take(is_new).then(|| OwnedFd::as_fd(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_that_is_named_is_watched_and_its_end_is_handed_out_once() {
        let mut partner = Partner::default();
        partner.handle_process(0);
        assert!(partner.is_asked_for() && !partner.is_watched());
        partner.handle_process(std::process::id() as libc::pid_t);
        assert!(partner.is_watched() && !partner.is_asked_for());
        assert!(partner.take_new_end().is_some());
        assert!(partner.take_new_end().is_none());
    }

    #[test]
    fn one_that_stays_unnamed_or_has_ended_is_hidden() {
        let mut unnamed = Partner::default();
        for _ in 0..=UNNAMED_DATAGRAMS_MAX {
            assert!(unnamed.is_asked_for());
            unnamed.handle_process(0);
        }
        let mut ended = Partner::default();
        ended.handle_process(libc::pid_t::MAX);
        for mut partner in [unnamed, ended] {
            partner.handle_process(std::process::id() as libc::pid_t);
            assert!(!partner.is_asked_for() && !partner.is_watched() && partner.take_new_end().is_none());
        }
    }
}
