//! Events that tests wait for: each function picks its own.

use florenetes_cluster::Event;
use florenetes_engine::CloseCause;

use super::end::{CONNECTION, TRUNK};

/// The end of the connection: by whom, and by which code.
pub(crate) fn closed(event: &Event) -> Option<(CloseCause, u64)> {
    match event {
        Event::Closed { connection: CONNECTION, closed } => Some((closed.cause, closed.code)),
        _ => None,
    }
}

pub(crate) fn left(event: &Event) -> Option<()> {
    matches!(event, Event::Left { connection: CONNECTION }).then_some(())
}

pub(crate) fn is_any_waiting(event: &Event) -> Option<bool> {
    match event {
        Event::Waiting { trunk: TRUNK, is_any, .. } => Some(*is_any),
        _ => None,
    }
}
