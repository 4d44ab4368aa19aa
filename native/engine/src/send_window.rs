//! The bound for unacknowledged bytes of streams.

use crate::limits::{SEND_PER_ACKNOWLEDGED, SEND_WINDOW_MAX, SEND_WINDOW_MIN};

/// How many unacknowledged bytes of all streams an end may hold, for a peer that has acknowledged `acknowledged` bytes.
///
/// The bound grows with the acknowledged bytes, ahead of the congestion window, which grows by no more than these. A peer that acknowledges nothing
/// gets only the memory that first flights need.
pub(crate) fn send_window(acknowledged: u64) -> u64 {
    SEND_WINDOW_MIN.saturating_add(acknowledged.saturating_mul(SEND_PER_ACKNOWLEDGED)).min(SEND_WINDOW_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_what_is_acknowledged_up_to_its_bound() {
        assert_eq!(send_window(0), SEND_WINDOW_MIN);
        assert_eq!(send_window(1_000), SEND_WINDOW_MIN + 1_000 * SEND_PER_ACKNOWLEDGED);
        assert_eq!(send_window(SEND_WINDOW_MAX), SEND_WINDOW_MAX);
        assert_eq!(send_window(u64::MAX), SEND_WINDOW_MAX);
    }

    #[test]
    fn it_is_ahead_of_a_window_that_doubles_with_each_round_trip() {
        // The window begins with ten of the largest packets (RFC 9002, 7.2), and doubles while all packets are acknowledged.
        let (mut window, mut acknowledged) = (10 * 16_383, 0);
        assert!(send_window(0) > 10 * 1_452, "a usual path is full from the start");
        while window < SEND_WINDOW_MAX / 2 {
            acknowledged += window;
            window *= 2;
            assert!(send_window(acknowledged) >= window.min(SEND_WINDOW_MAX), "{acknowledged}");
        }
    }
}
