//! The operations of CloudWatch Logs by name: those that read.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/>

use async_trait::async_trait;
use serde_json::{Value, json};

use super::events::{self, Event};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::service::JsonService;
use crate::local::shapes::Shapes;
use crate::local::store::Store;

/// The most events that an answer holds.
const MOST_EVENTS: usize = 10_000;
/// The most groups or streams that an answer lists.
const MOST_NAMES: usize = 50;

/// CloudWatch Logs over one store.
pub struct Logs {
    store: Store,
    shapes: Shapes,
}

impl Logs {
    /// The logs in this store.
    pub fn new(store: Store) -> Self {
        Self { store, shapes: Shapes::parse(include_str!("shapes.json")) }
    }
}

#[async_trait]
impl JsonService for Logs {
    fn target(&self) -> &'static str {
        "Logs_20140328"
    }

    async fn call(&self, operation: &str, input: Value) -> ServiceResult {
        self.shapes.check(operation, &input, "InvalidParameterException")?;
        match operation {
            "DescribeLogGroups" => describe_groups(&self.store, &input),
            "DescribeLogStreams" => describe_streams(&self.store, &input),
            "GetLogEvents" => get(&self.store, &input),
            "FilterLogEvents" => filter(&self.store, &input),
            _ => Err(ServiceError::unknown_operation("CloudWatch Logs", operation)),
        }
    }
}

fn describe_groups(store: &Store, input: &Value) -> ServiceResult {
    let starts = |name: &String| name.starts_with(text(input, "logGroupNamePrefix"));
    let holds = |name: &String| name.to_lowercase().contains(&text(input, "logGroupNamePattern").to_lowercase());
    let groups = events::groups(store).into_iter().filter(|name| starts(name) && holds(name)).map(|name| {
        let arn = arn(store, &name);
        let streams = events::streams(store, &name).unwrap_or_default();
        let first = streams.iter().filter_map(|stream| Some(events::read(store, &name, stream)?.first()?.timestamp));
        json!({"logGroupName": name, "creationTime": first.min().unwrap_or_default(), "metricFilterCount": 0,
            "arn": format!("{arn}:*"), "logGroupArn": arn, "storedBytes": 0, "logGroupClass": "STANDARD"})
    });
    page("logGroups", groups.collect(), input)
}

fn describe_streams(store: &Store, input: &Value) -> ServiceResult {
    let group = group(store, input)?;
    let names = events::streams(store, &group).ok_or_else(no_group)?;
    let prefix = text(input, "logStreamNamePrefix");
    let by_time = text(input, "orderBy") == "LastEventTime";
    if by_time && !prefix.is_empty() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let mut streams: Vec<(i64, Value)> = Vec::new();
    for name in names.into_iter().filter(|name| name.starts_with(prefix)) {
        let all = events::read(store, &group, &name).unwrap_or_default();
        let (first, last) = (all.first().map(|e| e.timestamp), all.last().map(|e| e.timestamp));
        let arn = format!("{}:log-stream:{name}", arn(store, &group));
        let document = json!({"logStreamName": name, "creationTime": first, "firstEventTimestamp": first,
            "lastEventTimestamp": last, "lastIngestionTime": last, "arn": arn, "storedBytes": 0});
        streams.push((last.unwrap_or_default(), document));
    }
    if by_time {
        streams.sort_by_key(|(last, _)| *last);
    }
    if input["descending"] == true {
        streams.reverse();
    }
    page("logStreams", streams.into_iter().map(|(_, stream)| stream).collect(), input)
}

/// `GetLogEvents`: one stream, from the head with `startFromHead` or a token, else its end. The forward token of an answer
/// that reaches the end is good for what comes later.
fn get(store: &Store, input: &Value) -> ServiceResult {
    let group = group(store, input)?;
    events::streams(store, &group).ok_or_else(no_group)?;
    let all = events::read(store, &group, text(input, "logStreamName")).ok_or_else(no_stream)?;
    let all: Vec<Event> = all.into_iter().filter(|event| within(event, input)).collect();
    let most = limit(input, MOST_EVENTS).min(store.page_size());
    let (from, to) = match (text(input, "nextToken"), input["startFromHead"] == true) {
        ("", true) => (0, most.min(all.len())),
        ("", false) => (all.len().saturating_sub(most), all.len()),
        (token, _) => match token.split_once('/').and_then(|(way, at)| Some((way, at.parse::<usize>().ok()?))) {
            Some(("f", at)) => (at.min(all.len()), at.saturating_add(most).min(all.len())),
            Some(("b", at)) => (at.min(all.len()).saturating_sub(most), at.min(all.len())),
            _ => return Err(invalid("The specified nextToken is invalid.")),
        },
    };
    let events: Vec<Value> = all[from..to].iter().map(document).collect();
    Ok(json!({"events": events, "nextForwardToken": format!("f/{to}"), "nextBackwardToken": format!("b/{from}")}))
}

/// `FilterLogEvents`: streams of a group by time. Of patterns the local cloud knows plain words, all of which a message holds.
fn filter(store: &Store, input: &Value) -> ServiceResult {
    let group = group(store, input)?;
    let streams = events::streams(store, &group).ok_or_else(no_group)?;
    let named: Option<Vec<&str>> =
        input["logStreamNames"].as_array().map(|names| names.iter().filter_map(Value::as_str).collect());
    let pattern = text(input, "filterPattern");
    if pattern.contains(|c: char| !(c.is_alphanumeric() || c.is_whitespace() || c == '_')) {
        return Err(invalid("Invalid filter pattern: the local cloud knows words alone"));
    }
    if let Some(missing) = named.iter().flatten().find(|name| !streams.iter().any(|stream| stream == *name)) {
        return Err(ServiceError::bad_request(
            "ResourceNotFoundException",
            format!("Log stream {missing} does not exist."),
        ));
    }
    let wanted = |stream: &String| match &named {
        Some(named) => named.contains(&stream.as_str()),
        None => stream.starts_with(text(input, "logStreamNamePrefix")),
    };
    let mut found = Vec::new();
    for stream in streams.iter().filter(|stream| wanted(stream)) {
        let all = events::read(store, &group, stream).unwrap_or_default().into_iter().enumerate();
        let fitting =
            all.filter(|(_, e)| within(e, input) && pattern.split_whitespace().all(|word| e.message.contains(word)));
        found.extend(fitting.map(|(place, event)| {
            let mut shown = document(&event);
            shown["logStreamName"] = stream.as_str().into();
            shown["eventId"] = format!("{stream}/{place:012}").into();
            (event.timestamp, shown)
        }));
    }
    found.sort_by_key(|(time, _)| *time);
    let mut answer = page_of("events", found.into_iter().map(|(_, event)| event).collect(), input, MOST_EVENTS)?;
    answer["searchedLogStreams"] = json!([]);
    Ok(answer)
}

fn document(event: &Event) -> Value {
    json!({"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.timestamp})
}

/// `startTime` counts, `endTime` does not.
fn within(event: &Event, input: &Value) -> bool {
    input["startTime"].as_i64().is_none_or(|start| event.timestamp >= start)
        && input["endTime"].as_i64().is_none_or(|end| event.timestamp < end)
}

fn page(member: &str, items: Vec<Value>, input: &Value) -> ServiceResult {
    page_of(member, items, input, MOST_NAMES)
}

/// A page by `limit` and `nextToken`; a token is the place of its page's first item.
fn page_of(member: &str, items: Vec<Value>, input: &Value, most: usize) -> ServiceResult {
    let start: usize = match text(input, "nextToken") {
        "" => 0,
        token => token.parse().map_err(|_| invalid("The specified nextToken is invalid."))?,
    };
    let end = start.saturating_add(limit(input, most)).min(items.len());
    let mut answer = json!({ member: items.get(start.min(end)..end).unwrap_or_default() });
    if end < items.len() {
        answer["nextToken"] = end.to_string().into();
    }
    Ok(answer)
}

fn limit(input: &Value, most: usize) -> usize {
    input["limit"].as_u64().map_or(most, |limit| limit as usize).min(most)
}

/// The group's name: one of `logGroupName` and `logGroupIdentifier`, which may be an ARN.
fn group(store: &Store, input: &Value) -> Result<String, ServiceError> {
    match (text(input, "logGroupName"), text(input, "logGroupIdentifier")) {
        ("", "") => Err(invalid("One of logGroupName or logGroupIdentifier must be specified.")),
        (name, "") => Ok(name.to_owned()),
        ("", identifier) => {
            let prefix = arn(store, "");
            Ok(identifier.strip_prefix(&prefix).unwrap_or(identifier).to_owned())
        }
        _ => Err(invalid("Only one of logGroupName or logGroupIdentifier may be specified.")),
    }
}

fn arn(store: &Store, group: &str) -> String {
    format!("arn:aws:logs:{}:{}:log-group:{group}", store.region(), store.account())
}

fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn no_group() -> ServiceError {
    ServiceError::bad_request("ResourceNotFoundException", "The specified log group does not exist.")
}

fn no_stream() -> ServiceError {
    ServiceError::bad_request("ResourceNotFoundException", "The specified log stream does not exist.")
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::bad_request("InvalidParameterException", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Options;
    use crate::local::logs::Stream;

    fn logs() -> (tempfile::TempDir, Logs) {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(root.path())).unwrap();
        for (group, stream, lines) in [("/g/output", "jr_1", 5), ("/g/output", "jr_2", 1), ("/g/error", "jr_1", 2)] {
            let mut stream = Stream::open(&store, group, stream).unwrap();
            (0..lines).for_each(|line| stream.say(&format!("line {line} of \"{group}\"")));
        }
        (root, Logs::new(store))
    }

    async fn ask(logs: &Logs, operation: &str, input: Value) -> Value {
        logs.call(operation, input).await.unwrap()
    }

    fn messages(answer: &Value) -> Vec<&str> {
        answer["events"].as_array().unwrap().iter().map(|e| e["message"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_stream_is_followed_by_its_forward_tokens() {
        let (_root, logs) = logs();
        let mut input =
            json!({"logGroupName": "/g/output", "logStreamName": "jr_1", "startFromHead": true, "limit": 2});
        let (mut seen, mut tokens) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            let answer = ask(&logs, "GetLogEvents", input.clone()).await;
            seen.push(messages(&answer).len());
            input["nextToken"] = answer["nextForwardToken"].clone();
            tokens.push(answer["nextForwardToken"].clone());
        }
        assert_eq!(seen, [2, 2, 1, 0]);
        assert_eq!(tokens[2], tokens[3], "at the end the token stays");
        Stream::open(&logs.store, "/g/output", "jr_1").unwrap().say("late");
        assert_eq!(messages(&ask(&logs, "GetLogEvents", input).await), ["late"]);
    }

    #[tokio::test]
    async fn without_a_direction_the_end_is_told() {
        let (_root, logs) = logs();
        let input = json!({"logGroupIdentifier": "arn:aws:logs:us-east-1:123456789012:log-group:/g/output",
            "logStreamName": "jr_1", "limit": 2});
        let answer = ask(&logs, "GetLogEvents", input.clone()).await;
        assert_eq!(messages(&answer), ["line 3 of \"/g/output\"", "line 4 of \"/g/output\""]);
        let mut back = input;
        back["nextToken"] = answer["nextBackwardToken"].clone();
        let before = ask(&logs, "GetLogEvents", back).await;
        assert_eq!(messages(&before), ["line 1 of \"/g/output\"", "line 2 of \"/g/output\""]);
    }

    #[tokio::test]
    async fn what_is_not_there_is_refused_in_logs_words() {
        let (_root, logs) = logs();
        for (group, stream, words) in [("/none", "jr_1", "log group"), ("/g/output", "jr_9", "log stream")] {
            let input = json!({"logGroupName": group, "logStreamName": stream});
            let error = logs.call("GetLogEvents", input).await.unwrap_err();
            assert_eq!(error.code, "ResourceNotFoundException");
            assert!(error.message.contains(words), "{}", error.message);
        }
        let error = logs.call("GetLogEvents", json!({"logStreamName": "jr_1"})).await.unwrap_err();
        assert_eq!(error.code, "InvalidParameterException");
    }

    #[tokio::test]
    async fn groups_streams_and_words_are_found() {
        let (_root, logs) = logs();
        let groups = ask(&logs, "DescribeLogGroups", json!({"logGroupNamePrefix": "/g"})).await;
        let names: Vec<_> = groups["logGroups"].as_array().unwrap().iter().map(|g| g["logGroupName"].clone()).collect();
        assert_eq!(names, ["/g/error", "/g/output"]);
        let streams = json!({"logGroupName": "/g/output", "orderBy": "LastEventTime", "descending": true, "limit": 1});
        let streams = ask(&logs, "DescribeLogStreams", streams).await;
        assert_eq!(streams["logStreams"][0]["logStreamName"], "jr_2");
        assert_eq!(streams["nextToken"], "1");
        let found = json!({"logGroupName": "/g/output", "filterPattern": "line 0"});
        assert_eq!(messages(&ask(&logs, "FilterLogEvents", found).await).len(), 2);
        let one = json!({"logGroupName": "/g/output", "logStreamNames": ["jr_1"], "limit": 3});
        let answer = ask(&logs, "FilterLogEvents", one).await;
        assert_eq!((messages(&answer).len(), &answer["nextToken"]), (3, &json!("3")));
    }
}
