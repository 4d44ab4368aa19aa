//! Pacing, as a controller wants it

/// Whether packets are spread over time
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// A window and a quarter in a round trip, in bursts of ten packets or more
    Window,
    /// No pacing: as fast as the window lets them be
    Off,
    /// At a rate of the controller's own
    Rate {
        /// How fast packets leave on average
        bytes_per_second: u64,
        /// Bytes that may leave at once after a pause
        burst: u64,
        /// Bytes that leave at once else: whoever waits does so for these
        batch: u64,
    },
}
