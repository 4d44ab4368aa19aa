//! Flow control windows of streams, which grow with reading.

/// The window of one stream: bytes that the peer may send beyond the bytes read.
///
/// The window doubles when half of it is read within two round trips: then the window limits the stream, and not its sender or reader. Only reading
/// makes it grow, so a stream with a slow reader costs no more memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    size: u64,
    /// Bytes read since `counted_from`, a time in milliseconds of the caller's clock.
    read: u64,
    counted_from: f64,
}

impl Window {
    pub(crate) fn new(size: u64, now: f64) -> Self {
        Self { size, read: 0, counted_from: now }
    }

    /// Notes that `length` bytes were read. Returns the window from now on.
    pub(crate) fn handle_read(&mut self, length: usize, round_trip: f64, size_max: u64, now: f64) -> u64 {
        self.read += length as u64;
        if self.read >= self.size / 2 {
            if now - self.counted_from < 2.0 * round_trip {
                self.size = self.size.saturating_mul(2).min(size_max).max(self.size);
            }
            self.read = 0;
            self.counted_from = now;
        }
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn a_window_doubles_when_half_of_it_was_read_within_two_round_trips() {
        let mut window = Window::new(1_000, 0.0);
        assert_eq!(window.handle_read(499, 50.0, 10_000, 90.0), 1_000);
        assert_eq!(window.handle_read(1, 50.0, 10_000, 99.0), 2_000);
        // The next half takes two round trips, which is too long, and earlier bytes do not count again.
        assert_eq!(window.handle_read(999, 50.0, 10_000, 150.0), 2_000);
        assert_eq!(window.handle_read(1, 50.0, 10_000, 199.0), 2_000);
        assert_eq!(window.handle_read(1_000, 50.0, 10_000, 298.0), 4_000);
    }

    #[test]
    fn a_window_grows_to_its_bound_and_never_shrinks() {
        let mut window = Window::new(1_000, 0.0);
        let sizes: Vec<u64> = (0..4).map(|_| window.handle_read(4_000, 1.0, 3_000, 0.0)).collect();
        assert_eq!(sizes, [2_000, 3_000, 3_000, 3_000]);
        assert_eq!(Window::new(1_000, 0.0).handle_read(1_000, 1.0, 500, 0.0), 1_000);
    }
}
