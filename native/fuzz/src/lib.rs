//! Good inputs made a little worse, at random: for the tests named `mutations` of the crates here. A few rounds run with `cargo test`; `npm run
//! fuzz -- --seconds 600` goes on for ten minutes, from another seed each time.

#![forbid(unsafe_code)]

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// Says for how many seconds each test goes on; without it there are as many rounds as the test asks for.
const SECONDS: &str = "FLORENETES_SOAK";
/// Says from which seed; 1 without it.
const SEED: &str = "FLORENETES_SEED";

/// Chance from a seed, and what it does to inputs.
pub struct Random(fastrand::Rng);

impl Random {
    /// Gives the same chance for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number below the limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0.usize(..limit)
    }

    /// Picks one of some items, of which there has to be one at least.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A good input, a little worse: with bytes changed, cut, doubled, or with another input behind it.
    pub fn mutate(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.pick(corpus).clone();
        for _ in 0..self.below(4) {
            if input.is_empty() {
                break;
            }
            let at = self.below(input.len());
            match self.below(5) {
                0 => input[at] = self.number() as u8,
                1 => input[at] ^= 1 << self.below(8),
                2 => input.truncate(at),
                3 => input.extend_from_within(at..),
                _ => input.extend_from_slice(self.pick::<Vec<u8>>(corpus)),
            }
        }
        input
    }
}

/// Calls `round` so many times, or for as long as the environment says.
///
/// # Panics
///
/// When a round does, with the seed that brings it about again.
pub fn rounds(least: u64, mut round: impl FnMut(u64, &mut Random)) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seed, time) = (number(SEED).unwrap_or(1), number(SECONDS).map(Duration::from_secs));
    let (mut random, begin, mut count) = (Random::new(seed), Instant::now(), 0);
    while count < least || time.is_some_and(|time| begin.elapsed() < time) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| round(count, &mut random))) {
            say(&format!("round {count} failed; to see it again: {SEED}={seed} {SECONDS}=600"));
            resume_unwind(panic);
        }
        count += 1;
    }
    if time.is_some() {
        say(&format!("{count} rounds from seed {seed}"));
    }
}

/// Tells whoever runs the tests.
#[allow(clippy::print_stderr)]
fn say(text: &str) {
    eprintln!("{text}");
}
