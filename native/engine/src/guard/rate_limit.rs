use std::time::Instant;

/// A token bucket with a burst and a rate per second.
#[derive(Debug)]
pub(super) struct RateLimit {
    burst: f64,
    per_second: f64,
    tokens: f64,
    at: Option<Instant>,
}

impl RateLimit {
    pub(super) fn new(burst: u32, per_second: u32) -> Self {
        Self { burst: burst.into(), per_second: per_second.into(), tokens: burst.into(), at: None }
    }

    /// Takes a token. False: none is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let elapsed = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.tokens = self.burst.min(self.tokens + elapsed * self.per_second);
        self.at = Some(now);
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}
