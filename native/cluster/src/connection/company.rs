use std::time::{Duration, Instant};

/// Connections to which others yield count as present for this long after their last turn. A connection with streams has a turn each second, for its
/// sign of life.
const PRESENT: Duration = Duration::from_secs(2);

/// Remembers whether the vertex has streams of classes to which the yielding classes yield.
#[derive(Default)]
pub(crate) struct Company {
    until: Option<Instant>,
}

impl Company {
    pub(super) fn handle_others(&mut self, now: Instant) {
        self.until = Some(now + PRESENT);
    }

    pub(super) fn has_others(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_there_until_they_have_had_no_turn_for_a_while() {
        let (mut company, start) = (Company::default(), Instant::now());
        assert!(!company.has_others(start));
        company.handle_others(start);
        assert!(company.has_others(start + Duration::from_millis(1_999)));
        assert!(!company.has_others(start + PRESENT));
    }
}
