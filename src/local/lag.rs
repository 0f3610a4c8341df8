//! Reads that lag behind writes, as those of Glue, Athena, IAM and QuickSight do: for a while after a write, a read that was
//! answered before it may get that answer again.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::error::ServiceResult;

/// What was answered, and when the first write after it was made.
struct Answer {
    service: String,
    result: ServiceResult,
    stale_since: Option<Instant>,
}

/// Remembers answers for as long as they may be told again.
#[derive(Default)]
pub struct Lag {
    answers: Mutex<HashMap<String, Answer>>,
}

impl Lag {
    /// A call, answered anew or, when it is a read within `lag` of the first write since it was answered last, as before.
    pub async fn answer(
        &self,
        lag: Duration,
        service: &str,
        operation: &str,
        input: &Value,
        call: impl Future<Output = ServiceResult>,
    ) -> ServiceResult {
        if lag.is_zero() {
            return call.await;
        }
        let key = format!("{service}.{operation} {input}");
        let reads = ["Get", "List", "Describe", "BatchGet", "Search"].iter().any(|verb| operation.starts_with(verb));
        if reads && let Some(before) = self.before(lag, &key) {
            return before;
        }
        let result = call.await;
        let mut answers = self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if reads {
            answers.insert(key, Answer { service: service.to_owned(), result: result.clone(), stale_since: None });
        } else {
            // A service's later writes become visible with its first one.
            for answer in answers.values_mut().filter(|answer| answer.service == service) {
                answer.stale_since.get_or_insert_with(Instant::now);
            }
        }
        result
    }

    fn before(&self, lag: Duration, key: &str) -> Option<ServiceResult> {
        let answers = self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let answer = answers.get(key)?;
        (answer.stale_since?.elapsed() < lag).then(|| answer.result.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn call(lag: &Lag, window: Duration, operation: &str, answer: i32) -> Value {
        lag.answer(window, "glue", operation, &json!({}), async move { Ok(json!(answer)) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_read_answers_as_before_a_write_and_catches_up() {
        let (lag, window) = (Lag::default(), Duration::from_millis(60));
        assert_eq!(call(&lag, window, "GetJob", 1).await, 1);
        assert_eq!(call(&lag, window, "GetJob", 2).await, 2, "without a write there is no lag");
        call(&lag, window, "UpdateJob", 0).await;
        assert_eq!(call(&lag, window, "GetJob", 3).await, 2);
        tokio::time::sleep(window).await;
        call(&lag, window, "UpdateJob", 0).await;
        assert_eq!(call(&lag, window, "GetJob", 4).await, 4, "the first write since is visible, later ones with it");
        assert_eq!(call(&lag, Duration::ZERO, "GetJob", 5).await, 5);
    }
}
