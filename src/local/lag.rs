//! Reads that lag behind writes, as those of Glue, Athena, IAM and QuickSight do: for a while after a write, a read that was
//! answered before it may get that answer again.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::error::ServiceResult;

/// What was answered, and when.
struct Answer {
    at: Instant,
    result: ServiceResult,
}

#[derive(Default)]
struct Memory {
    answers: HashMap<String, Answer>,
    writes: HashMap<String, Vec<Instant>>,
}

/// Remembers answers for as long as they may be told again.
#[derive(Default)]
pub struct Lag {
    memory: Mutex<Memory>,
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
        if reads && let Some(before) = self.before(lag, service, &key) {
            return before;
        }
        let result = call.await;
        let mut memory = self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match reads {
            true => drop(memory.answers.insert(key, Answer { at: Instant::now(), result: result.clone() })),
            false => memory.writes.entry(service.to_owned()).or_default().push(Instant::now()),
        }
        result
    }

    fn before(&self, lag: Duration, service: &str, key: &str) -> Option<ServiceResult> {
        let memory = self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let answer = memory.answers.get(key)?;
        let written = memory.writes.get(service)?.iter().find(|write| **write > answer.at)?;
        (written.elapsed() < lag).then(|| answer.result.clone())
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
