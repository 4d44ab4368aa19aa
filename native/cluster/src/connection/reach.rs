use std::time::{Duration, Instant};

use crate::limits::WATCH_LATE;

/// News about whether the peer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// An answer is overdue, and nothing else has come either.
    Silent,
    /// Packets have been unanswered for so long.
    Unanswered(Duration),
    Answered,
}

/// Packets that the peer has not answered yet.
#[derive(Clone, Copy)]
pub(super) struct Unanswered {
    /// Since when there are some without a pause; none: all are answered.
    pub(super) since: Option<Instant>,
    /// After so long without an answer the owner is told.
    pub(super) patience: Duration,
    /// When the last packet came that has proven to be the peer's.
    pub(super) heard_at: Instant,
    /// After so long without an answer, and without any other packet of the peer, the owner is told that the peer is silent.
    pub(super) silence: Duration,
}

/// Decides when the owner of an originator's connection is told that the peer is silent, that its packets are unanswered, and that they are answered
/// again. Each is told once.
///
/// ```text
///             unanswered for 1 s or 4 round trips, silent for 300 ms or 4 round trips on the way there
///   answered ─────────────────────────────────────▶ unanswered
///    │    ▲                                            │   │
///    │    └────────────────── an answer ───────────────┘   │
///    │    └── an answer ──┐                                │
///    └─────────────────▶ moved ◀───────────── moved ───────┘
/// ```
#[derive(Default)]
pub(super) struct Reach {
    /// Answers over the present way that had come when the owner began to wait for the next one: it was told that packets are unanswered, or has
    /// moved the connection.
    awaited_after: Option<u64>,
    /// The owner was told, since the last answer or move.
    is_unanswered: bool,
    /// The owner was told that the peer is silent, since the last answer.
    is_silent: bool,
    /// Packets count as unanswered from then on at the earliest: the owner moved the connection, or the watch stood still until then.
    counts_from: Option<Instant>,
    /// The owner has no room for the news. It asks for them when it has taken those before.
    is_held_back: bool,
}

impl Reach {
    /// Notes that the owner has moved the connection to another way, and waits for the first answer there.
    pub(super) fn handle_moved(&mut self, now: Instant) {
        let is_silent = self.is_silent;
        *self = Self { awaited_after: Some(0), counts_from: Some(now), is_silent, ..Self::default() };
    }

    /// To be called before news are asked for. Where some were due long before, this process or the whole machine stood still: answers may lie unread, or be
    /// lost, and the time without one begins anew.
    pub(super) fn handle_turn(&mut self, unanswered: Unanswered, now: Instant) {
        if self.next_timeout(unanswered).is_some_and(|due| now > due + WATCH_LATE) {
            self.counts_from = Some(now);
        }
    }

    /// When there will be news without any packet.
    pub(super) fn next_timeout(&self, unanswered: Unanswered) -> Option<Instant> {
        if self.is_held_back {
            return None;
        }
        let unanswered_at =
            self.since(unanswered).filter(|_| !self.is_unanswered).map(|since| since + unanswered.patience);
        self.untold_silent_at(unanswered).into_iter().chain(unanswered_at).min()
    }

    /// Whether the owner waits for an answer.
    pub(super) fn is_awaited(&self) -> bool {
        self.awaited_after.is_some()
    }

    /// The news that the owner has not been told yet, when so many answers have come over the present way. A peer may be silent only after its packets
    /// have come for so long that ours count as unanswered; where both are due, silence comes first.
    pub(super) fn news(&self, answers: u64, unanswered: Unanswered, now: Instant) -> Option<News> {
        if self.awaited_after.is_some_and(|before| answers > before) {
            return Some(News::Answered);
        }
        if self.untold_silent_at(unanswered).is_some_and(|at| now >= at) {
            return Some(News::Silent);
        }
        let since = self.since(unanswered).filter(|_| !self.is_unanswered)?;
        let time = now.saturating_duration_since(since);
        (time >= unanswered.patience).then_some(News::Unanswered(time))
    }

    pub(super) fn handle_told(&mut self, news: News, answers: u64) {
        self.is_held_back = false;
        self.is_unanswered = news != News::Answered && (self.is_unanswered || news != News::Silent);
        self.is_silent = news != News::Answered && (self.is_silent || news == News::Silent);
        self.awaited_after = match news {
            News::Unanswered(_) | News::Silent => self.awaited_after.or(Some(answers)),
            News::Answered => None,
        };
    }

    /// Notes whether the owner has no room for news.
    pub(super) fn hold_back(&mut self, is_held_back: bool) {
        self.is_held_back = is_held_back;
    }

    /// From when on the peer counts as silent, if nothing comes; none: nothing is unanswered, or the owner was told.
    fn untold_silent_at(&self, unanswered: Unanswered) -> Option<Instant> {
        let since = self.since(unanswered).filter(|_| !self.is_silent)?;
        Some(since.max(unanswered.heard_at) + unanswered.silence)
    }

    fn since(&self, unanswered: Unanswered) -> Option<Instant> {
        unanswered.since.map(|since| self.counts_from.map_or(since, |from| since.max(from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);
    /// Longer than the patience, so that a test of that hears of it alone.
    const SILENCE: Duration = Duration::from_secs(60);

    struct Told {
        reach: Reach,
        start: Instant,
    }

    impl Told {
        fn after(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        /// Takes the news at a time, when so many answers have come and packets have been unanswered since then.
        fn news(&mut self, count: u64, since: Option<u64>, ms: u64) -> Option<News> {
            self.news_of(count, Unanswered { since: since.map(|since| self.after(since)), ..self.nothing(SILENCE) }, ms)
        }

        fn nothing(&self, silence: Duration) -> Unanswered {
            Unanswered { since: None, patience: PATIENCE, heard_at: self.start, silence }
        }

        fn news_of(&mut self, count: u64, unanswered: Unanswered, ms: u64) -> Option<News> {
            let news = self.reach.news(count, unanswered, self.after(ms))?;
            self.reach.handle_told(news, count);
            Some(news)
        }
    }

    fn begin() -> Told {
        Told { reach: Reach::default(), start: Instant::now() }
    }

    fn unanswered(ms: u64) -> Option<News> {
        Some(News::Unanswered(Duration::from_millis(ms)))
    }

    #[test]
    fn each_is_told_once() {
        let mut told = begin();
        assert_eq!(told.news(7, Some(0), 999), None);
        assert_eq!(told.news(7, Some(0), 1_004), unanswered(1_004));
        assert_eq!(told.news(7, Some(0), 5_000), None);
        assert_eq!(told.news(8, None, 5_001), Some(News::Answered));
        assert_eq!(told.news(9, None, 5_002), None);
        assert_eq!(told.news(9, Some(5_002), 6_002), unanswered(1_000));
    }

    #[test]
    fn the_time_begins_anew_with_a_move() {
        let mut told = begin();
        assert_eq!(told.news(7, Some(0), 1_000), unanswered(1_000));
        let at = told.after(1_500);
        told.reach.handle_moved(at);
        assert_eq!(told.news(0, Some(0), 2_499), None);
        assert_eq!(told.news(0, Some(0), 2_500), unanswered(1_000));
        let at = told.after(2_600);
        told.reach.handle_moved(at);
        assert_eq!(told.news(1, Some(2_600), 2_700), Some(News::Answered));
        assert_eq!(told.news(2, Some(2_700), 3_000), None);
    }

    #[test]
    fn the_first_answer_after_a_move_is_told_though_nothing_was_unanswered() {
        let mut told = begin();
        let at = told.after(10);
        told.reach.handle_moved(at);
        assert_eq!(told.news(0, Some(10), 20), None);
        assert_eq!(told.news(1, None, 30), Some(News::Answered));
        assert_eq!(told.news(2, None, 40), None);
    }

    #[test]
    fn there_is_no_timeout_for_what_was_told_or_is_held_back() {
        let mut told = begin();
        let (start, due) = (told.start, told.after(1_000));
        let since = Unanswered { since: Some(start), ..told.nothing(SILENCE) };
        assert_eq!(told.reach.next_timeout(since), Some(due));
        told.reach.hold_back(true);
        assert_eq!(told.reach.next_timeout(since), None);
        told.reach.hold_back(false);
        assert_eq!(told.news(0, Some(0), 1_000), unanswered(1_000));
        assert_eq!(told.reach.next_timeout(since), Some(start + SILENCE));
        assert_eq!(told.reach.next_timeout(Unanswered { since: None, ..since }), None);
    }

    #[test]
    fn silence_is_told_once_before_the_rest_and_not_of_a_peer_that_speaks() {
        let mut told = begin();
        let asked = Unanswered { since: Some(told.start), ..told.nothing(Duration::from_millis(300)) };
        assert_eq!(told.reach.next_timeout(asked), Some(told.after(300)));
        assert_eq!(told.news_of(7, Unanswered { heard_at: told.after(100), ..asked }, 399), None);
        assert_eq!(told.news_of(7, asked, 300), Some(News::Silent));
        assert_eq!((told.news_of(7, asked, 301), told.reach.is_awaited()), (None, true));
        assert_eq!(told.reach.next_timeout(asked), Some(told.after(1_000)));
        assert_eq!(told.news_of(7, asked, 1_000), unanswered(1_000));
        let at = told.after(1_100);
        told.reach.handle_moved(at);
        assert_eq!(told.news_of(0, asked, 1_500), None, "a move is no answer, and silence is not told again");
        assert_eq!(told.news_of(1, asked, 1_600), Some(News::Answered));
        let later = Unanswered { since: Some(told.after(1_600)), heard_at: told.after(1_600), ..asked };
        assert_eq!(told.news_of(1, later, 1_900), Some(News::Silent));
        assert_eq!(
            told.news_of(2, later, 1_950),
            Some(News::Answered),
            "which ends the silence before the rest was told"
        );
    }

    /// `AnswerWatch` of TypeScript begins anew likewise.
    #[test]
    fn the_time_begins_anew_behind_a_pause_of_the_process() {
        let mut told = begin();
        let asked = Unanswered { since: Some(told.start), ..told.nothing(Duration::from_millis(300)) };
        let mut look = |ms| {
            let at = told.after(ms);
            told.reach.handle_turn(asked, at);
            told.news_of(7, asked, ms)
        };
        assert_eq!(look(5_000), None, "answers may lie unread");
        assert_eq!(look(5_299), None);
        assert_eq!(look(5_400), Some(News::Silent), "a turn may be a little late");
        assert_eq!(look(60_000), None);
        assert_eq!(look(61_000), unanswered(61_000 - 60_000));
        told.reach.hold_back(true);
        let held = told.after(99_000);
        told.reach.handle_turn(asked, held);
        assert_eq!(
            told.reach.counts_from,
            Some(told.after(60_000)),
            "news that an owner has no room for are late by its doing"
        );
    }

    /// `AnswerWatch` of TypeScript has the same courses.
    #[test]
    fn silence_is_told_on_slow_paths_too_and_of_a_peer_that_falls_silent_late() {
        let silent = |ms| (ms, News::Silent);
        let late = |ms| (ms, News::Unanswered(Duration::from_millis(ms)));
        let courses = [
            (10, 0, [silent(300), late(1_000)]),
            (250, 0, [silent(1_000), late(1_000)]),
            (300, 0, [silent(1_200), late(1_200)]),
            (600, 0, [silent(2_400), late(2_400)]),
            (10, 800, [late(1_000), silent(1_100)]),
        ];
        for (rtt, heard, expected) in courses {
            let mut told = begin();
            let four = Duration::from_millis(4 * rtt);
            let asked = Unanswered {
                since: Some(told.start),
                patience: PATIENCE.max(four),
                heard_at: told.after(heard),
                silence: Duration::from_millis(300).max(four),
            };
            let mut news = Vec::new();
            for _ in 0..3 {
                let Some(at) = told.reach.next_timeout(asked) else { break };
                let ms = u64::try_from((at - told.start).as_millis()).unwrap();
                news.extend(told.news_of(7, asked, ms).map(|each| (ms, each)));
            }
            assert_eq!(news, expected, "{rtt} {heard}");
        }
    }
}
