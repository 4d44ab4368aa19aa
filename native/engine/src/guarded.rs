use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::connection::Connection;
use crate::event::{CloseCause, Closed, Event};

/// INTERNAL_ERROR (RFC 9000, 20.1).
const INTERNAL_ERROR: u64 = 1;

/// A connection that a panic ends, and nothing else with it. The default value holds no connection, and has no events.
#[derive(Default)]
pub struct Guarded {
    /// None after a panic.
    connection: Option<Connection>,
    /// The event of a panic's end, until it is returned.
    failure: Option<Event>,
}

impl Guarded {
    /// Makes a connection; if that panics, the connection has ended.
    pub fn new(make: impl FnOnce() -> Connection) -> Self {
        let connection = catch_unwind(AssertUnwindSafe(make)).ok();
        let failure = connection.is_none().then(failure);
        Self { connection, failure }
    }

    /// Calls the connection. After a panic its state cannot be trusted, so it is dropped, and further calls return `otherwise`.
    pub fn with<T>(&mut self, otherwise: T, call: impl FnOnce(&mut Connection) -> T) -> T {
        let Some(connection) = self.connection.as_mut() else { return otherwise };
        catch_unwind(AssertUnwindSafe(|| call(connection))).unwrap_or_else(|_| {
            self.lose();
            self.failure = Some(failure());
            otherwise
        })
    }

    /// The oldest event that has not been returned yet.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.with(None, Connection::poll_event).or_else(|| self.failure.take())
    }

    /// Drops the connection, whose broken state may panic once more.
    fn lose(&mut self) {
        let connection = self.connection.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(connection)));
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.lose();
    }
}

fn failure() -> Event {
    let reason = "the engine failed; what it printed says where".into();
    Event::Closed(Closed { cause: CloseCause::Local, is_application: false, code: INTERNAL_ERROR, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_the_end_of_the_connection_and_is_told_once() {
        let mut guarded = Guarded::new(|| panic!("an invariant is broken"));
        let Some(Event::Closed(closed)) = guarded.poll_event() else { panic!("the end is told") };
        assert_eq!((closed.cause, closed.is_application, closed.code), (CloseCause::Local, false, INTERNAL_ERROR));
        assert_eq!(guarded.poll_event(), None);
        assert_eq!(guarded.with(7, |_| 8), 7);
    }
}
