//! Waiting: backoff with jitter up to a deadline. Nowhere else in the house does anything sleep on AWS's account.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind, Result};

/// What one look found.
#[derive(Debug)]
pub enum Progress<T> {
    /// It is there.
    Done(T),
    /// Not yet; what it is doing, in words: "the crawler is STOPPING".
    Pending(String),
    /// It failed in a way that may pass; told when the deadline comes first.
    Failing(Error),
}

/// How the pauses grow: from `first` by half each time up to `longest`, each shortened at random by up to a third.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Backoff {
    /// For resources that settle within seconds.
    pub const QUICK: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(8) };

    /// The pause before look number `look` (from 0), with `random` in 0..1.
    fn pause(self, look: u32, random: f64) -> Duration {
        let grown = self.first.as_secs_f64() * 1.5f64.powi(look.min(64) as i32);
        Duration::from_secs_f64(grown.min(self.longest.as_secs_f64()) * (1.0 - random / 3.0))
    }
}

/// The code of the error at the deadline.
pub const TIMEOUT: &str = "timeout";

/// Looks again and again until `look` is done, fails for good (`Err`), or `deadline` has passed.
///
/// At the deadline the last real failure is told; without one, what was waited for and its last state. There is a last
/// look at the deadline itself.
pub async fn poll<T, F, Fut>(what: &str, deadline: Duration, backoff: Backoff, mut look: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Progress<T>>>,
{
    let start = Instant::now();
    for count in 0.. {
        let unfinished = match look().await? {
            Progress::Done(value) => return Ok(value),
            unfinished => unfinished,
        };
        let left = deadline.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(too_late(what, deadline, unfinished));
        }
        tokio::time::sleep(backoff.pause(count, rand::random()).min(left)).await;
    }
    Err(Error::bug("an endless loop ended"))
}

fn too_late<T>(what: &str, deadline: Duration, last: Progress<T>) -> Error {
    let waited = format!("waited {} s for {what}", deadline.as_secs());
    match last {
        Progress::Failing(error) => error.with_note(waited),
        Progress::Pending(state) => Error::new(Kind::Aws, TIMEOUT, format!("{waited}: {state}"))
            .with_help("AWS may need longer: run the command again, it goes on from here"),
        Progress::Done(_) => Error::bug("done, and yet too late"),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const FAST: Backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(4) };
    const SOON: Duration = Duration::from_millis(30);

    #[tokio::test]
    async fn done_at_the_third_look() {
        let looks = Cell::new(0);
        let value = poll("it", Duration::from_secs(5), FAST, || {
            looks.set(looks.get() + 1);
            let now = looks.get();
            async move { Ok(if now == 3 { Progress::Done(now) } else { Progress::Pending("no".into()) }) }
        })
        .await
        .unwrap();
        assert_eq!(value, 3);
    }

    #[tokio::test]
    async fn the_last_real_error_is_kept() {
        let looks = Cell::new(0);
        let error = poll::<(), _, _>("the role", SOON, FAST, || {
            looks.set(looks.get() + 1);
            let text = format!("refusal {}", looks.get());
            async move { Ok(Progress::Failing(Error::new(Kind::Aws, "x", text))) }
        })
        .await
        .unwrap_err();
        assert_eq!(error.message(), format!("refusal {}", looks.get()));
        assert_eq!(error.notes(), ["waited 0 s for the role"]);
        assert!(looks.get() > 2);
    }

    #[tokio::test]
    async fn a_pending_state_is_told() {
        let error = poll::<(), _, _>("the crawler", SOON, FAST, || async {
            Ok(Progress::Pending("the crawler is STOPPING".into()))
        })
        .await
        .unwrap_err();
        assert_eq!(error.code(), "timeout");
        assert!(error.message().ends_with("the crawler is STOPPING"), "{}", error.message());
    }

    #[tokio::test]
    async fn a_real_failure_ends_it_at_once() {
        let looks = Cell::new(0);
        let error = poll::<(), _, _>("it", Duration::from_secs(60), FAST, || {
            looks.set(looks.get() + 1);
            async { Err(Error::new(Kind::Aws, "gone", "gone")) }
        })
        .await
        .unwrap_err();
        assert_eq!((error.code(), looks.get()), ("gone", 1));
    }

    #[test]
    fn pauses_grow_are_bounded_and_jitter() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5) };
        assert_eq!(backoff.pause(0, 0.0), Duration::from_secs(1));
        assert_eq!(backoff.pause(1, 0.0), Duration::from_millis(1500));
        assert_eq!(backoff.pause(60, 0.0), Duration::from_secs(5));
        assert!(backoff.pause(60, 1.0) < Duration::from_secs(4));
    }
}
