//! CloudWatch Logs: what a stream says.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>

use crate::aws::{Call, Session};
use crate::error::Result;

/// The IAM action that reading needs.
pub const ACTIONS: &[&str] = &["logs:GetLogEvents"];

/// The most events that an answer of AWS holds.
const PAGE: i32 = 10_000;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// When it happened, in milliseconds since 1970.
    pub millis: i64,
    /// What was said; may have several lines.
    pub message: String,
}

/// What a stream has said since `token`, or since its beginning without one, and the token for what it says next; `None` when
/// there is no such group or stream (yet). Needs `logs:GetLogEvents`.
pub async fn since(
    aws: &Session,
    group: &str,
    stream: &str,
    token: Option<String>,
) -> Result<Option<(Vec<LogEvent>, Option<String>)>> {
    let mut events = Vec::new();
    let mut token = token;
    loop {
        let Some(page) = page(aws, group, stream, PAGE, Some(true), token.clone()).await? else { return Ok(None) };
        events.extend(page.events);
        // An empty page need not be the last: the end is where the token stays.
        if page.forward.is_none() || page.forward == token {
            return Ok(Some((events, token)));
        }
        token = page.forward;
    }
}

/// The last `most` events of a stream, in their order; `None` when there is no such group or stream. Needs `logs:GetLogEvents`.
pub async fn last(aws: &Session, group: &str, stream: &str, most: usize) -> Result<Option<Vec<LogEvent>>> {
    let mut events: Vec<LogEvent> = Vec::new();
    let mut token: Option<String> = None;
    while events.len() < most {
        let left = i32::try_from(most - events.len()).unwrap_or(PAGE).min(PAGE);
        let direction = token.is_none().then_some(false);
        let Some(page) = page(aws, group, stream, left, direction, token.clone()).await? else { return Ok(None) };
        events.splice(0..0, page.events);
        if page.backward.is_none() || page.backward == token {
            break;
        }
        token = page.backward;
    }
    Ok(Some(events))
}

struct Page {
    events: Vec<LogEvent>,
    forward: Option<String>,
    backward: Option<String>,
}

async fn page(
    aws: &Session,
    group: &str,
    stream: &str,
    most: i32,
    from_head: Option<bool>,
    token: Option<String>,
) -> Result<Option<Page>> {
    let call = aws.logs.get_log_events().log_group_name(group).log_stream_name(stream).limit(most);
    let got = call.set_start_from_head(from_head).set_next_token(token).send().await.call("logs:GetLogEvents");
    let got = match got {
        Ok(got) => got,
        Err(error) if error.aws_code() == Some("ResourceNotFoundException") => return Ok(None),
        Err(error) => return Err(error),
    };
    let events = got.events().iter().map(|event| LogEvent {
        millis: event.timestamp().unwrap_or_default(),
        message: event.message().unwrap_or_default().to_owned(),
    });
    Ok(Some(Page { events: events.collect(), forward: got.next_forward_token, backward: got.next_backward_token }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn reply(messages: &[&str], forward: &str, backward: &str) -> Reply {
        let event = |message: &&str| json!({"timestamp": 1000, "message": message, "ingestionTime": 1001});
        let events: Vec<Value> = messages.iter().map(event).collect();
        Reply::json(json!({"events": events, "nextForwardToken": forward, "nextBackwardToken": backward}))
    }

    fn messages(events: &[LogEvent]) -> Vec<&str> {
        events.iter().map(|event| event.message.as_str()).collect()
    }

    #[tokio::test]
    async fn an_empty_page_is_not_the_end() {
        let pages =
            [reply(&["a"], "f1", "b1"), reply(&[], "f2", "b2"), reply(&["b"], "f3", "b3"), reply(&[], "f3", "b3")];
        let server = Canned::start(pages.into()).await;
        let (events, token) = since(&session(&server), "/g", "s", None).await.unwrap().unwrap();
        assert_eq!((messages(&events), token.as_deref()), (vec!["a", "b"], Some("f3")));
        let asked: Vec<Value> = server.asked().iter().map(|asked| asked.json()).collect();
        assert_eq!(asked[0]["startFromHead"], true);
        assert_eq!((&asked[3]["nextToken"], &asked[3]["startFromHead"]), (&json!("f3"), &json!(true)));
    }

    #[tokio::test]
    async fn the_end_is_put_together_from_pages_backwards() {
        let pages = [reply(&["c"], "f1", "b1"), reply(&["a", "b"], "f2", "b2")];
        let server = Canned::start(pages.into()).await;
        let events = last(&session(&server), "/g", "s", 3).await.unwrap().unwrap();
        assert_eq!(messages(&events), ["a", "b", "c"]);
        assert_eq!(server.asked()[1].json()["limit"], 2);
        let short = Canned::start(vec![reply(&["a"], "f1", "b1"), reply(&[], "f1", "b1")]).await;
        assert_eq!(messages(&last(&session(&short), "/g", "s", 3).await.unwrap().unwrap()), ["a"]);
    }

    #[tokio::test]
    async fn a_stream_that_is_not_there_is_no_error() {
        let missing = || Reply::json_error(400, "ResourceNotFoundException", "The specified log group does not exist.");
        let denied = Reply::json_error(400, "AccessDeniedException", "not authorized to perform: logs:GetLogEvents");
        let server = Canned::start(vec![missing(), missing(), denied]).await;
        let aws = session(&server);
        assert_eq!(since(&aws, "/g", "s", None).await.unwrap(), None);
        assert_eq!(last(&aws, "/g", "s", 3).await.unwrap(), None);
        assert!(last(&aws, "/g", "s", 3).await.is_err());
    }
}
