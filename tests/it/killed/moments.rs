//! When a run is killed.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often to look whether it is time.
pub const GLANCE: Duration = Duration::from_micros(200);

/// How many runs are killed: `sample`, or `all` with `--all`.
pub fn rounds(sample: usize, all: usize) -> usize {
    if std::env::var_os("PIPECTL_TEST_ALL").is_some() { all } else { sample }
}

/// How long a run that begins now has until it is killed.
#[derive(Debug)]
pub struct Delay {
    from: Cell<Option<Instant>>,
    time: Duration,
}

impl Delay {
    /// Whether the time is over. One that counts from the publish asks for it.
    pub fn is_over(&self, published: impl FnOnce() -> bool) -> bool {
        if self.from.get().is_none() && published() {
            self.from.set(Some(Instant::now()));
        }
        self.from.get().is_some_and(|from| from.elapsed() >= self.time)
    }
}

/// Numbers that look random and are the same each time (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }

    /// Part of a time.
    pub fn part(&mut self, time: Duration) -> Duration {
        Duration::from_micros(self.below(time.as_micros() as u64))
    }

    /// Every other kill falls into the publish, which is short.
    pub fn delay(&mut self, round: usize, whole: Duration, publish: Duration) -> Delay {
        match round % 2 {
            0 => Delay { from: Cell::new(Some(Instant::now())), time: self.part(whole * 3 / 4) },
            _ => Delay { from: Cell::new(None), time: self.part(publish) },
        }
    }
}

/// Shows with `--nocapture` what was shown.
#[allow(clippy::print_stderr, reason = "what it was shown by")]
pub fn tell(killed: usize, publishing: usize) {
    eprintln!("{killed} runs were killed, {publishing} of them while they published");
}
