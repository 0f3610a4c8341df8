//! What a job run prints: read once, followed as it goes on, or its last words when it fails.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::error::{Error, Result};
use crate::services::glue::actions::{self as glue, JobRun};
use crate::services::logs::{self, LogEvent};

/// How long a job run may be followed.
const FOLLOWING: Duration = Duration::from_secs(48 * 3600);
/// How often in a row a job run that is over is found silent before that is believed: CloudWatch shows events some seconds
/// late, and so many looks take about that long.
const SILENT_LOOKS: u32 = 9;
/// How many events of a failed run are looked at.
const LAST: usize = 100;
/// How many lines of them are shown.
const SHOWN: usize = 12;
/// The longest line that is shown, in characters.
const WIDEST: usize = 300;

/// Which of the two streams that a program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Channel {
    /// What the script prints.
    Output,
    /// Its failures, and what Spark says of itself.
    Error,
}

impl Channel {
    /// Both.
    pub const ALL: [Channel; 2] = [Channel::Output, Channel::Error];

    /// How its log group's name ends.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Error => "error",
        }
    }

    /// The log group of a job run's stream; the stream is called like the run. A security configuration that seals logs gives
    /// the group another name, which Glue tells with the run.
    /// <https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html>
    pub fn group(self, run: &JobRun) -> String {
        // Glue's reference shows the name with a slash at its end, its answers have none.
        let prefix = run.log_group.as_deref().unwrap_or("/aws-glue/jobs").trim_end_matches('/');
        format!("{prefix}/{}", self.as_str())
    }
}

/// One event of a job run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it was said.
    pub channel: Channel,
    /// When, and what.
    pub event: LogEvent,
}

/// A reader of a job run's streams, each from where it was read last.
#[derive(Debug)]
pub struct Reader {
    job: String,
    id: String,
    /// With the token of what comes next, and whether there is such a stream.
    channels: Vec<(Channel, Option<String>, bool)>,
}

impl Reader {
    /// For job run `id` of `job`.
    pub fn new(job: &str, id: &str, channels: &[Channel]) -> Self {
        let channels = channels.iter().map(|channel| (*channel, None, false)).collect();
        Self { job: job.to_owned(), id: id.to_owned(), channels }
    }

    /// What is there now. Errors: `no-logs`, and those of AWS.
    pub async fn all(&mut self, aws: &Session) -> Result<Vec<Line>> {
        let run = glue::job_run(aws, &self.job, &self.id).await?;
        let lines = self.news(aws, &run).await?;
        if self.channels.iter().any(|(_, _, there)| *there) {
            return Ok(lines);
        }
        let groups: Vec<String> = self.channels.iter().map(|(channel, _, _)| channel.group(&run)).collect();
        let message = format!("job run {} has said nothing yet, or what it said is gone", self.id);
        Err(Error::data("no-logs", message)
            .with_note(format!("there is no stream of that name in {}", groups.join(" or ")))
            .with_help(match run.state.is_final() {
                false => "`pipectl logs --follow` waits for its first words",
                true => {
                    "logs come some seconds after the run, and go when the log group's retention says so; the job's role needs \
                     logs:CreateLogStream and logs:PutLogEvents to write them"
                }
            }))
    }

    /// Gives everything to `tell` as it comes, until the job run is over.
    pub async fn follow(&mut self, aws: &Session, tell: impl FnMut(Vec<Line>) -> Result<()>) -> Result<JobRun> {
        let what = format!("the end of job run {}", self.id);
        let believed = if aws.loopback { 1 } else { SILENT_LOOKS };
        let going = Mutex::new((self, tell, 0));
        poll(&what, FOLLOWING, super::watching(aws), || async {
            let (reader, tell, silent) = &mut *going.lock().await;
            let run = glue::job_run(aws, &reader.job, &reader.id).await?;
            let news = reader.news(aws, &run).await?;
            *silent = if run.state.is_final() && news.is_empty() { *silent + 1 } else { 0 };
            tell(news)?;
            Ok(if *silent == believed { Progress::Done(run) } else { Progress::Pending(run.state.name().to_owned()) })
        })
        .await
    }

    async fn news(&mut self, aws: &Session, run: &JobRun) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for (channel, token, there) in &mut self.channels {
            let Some((events, next)) = logs::since(aws, &channel.group(run), &self.id, token.clone()).await? else {
                continue;
            };
            (*token, *there) = (next, true);
            lines.extend(events.into_iter().map(|event| Line { channel: *channel, event }));
        }
        // Each stream is in order already; the sort keeps what was said at one time so.
        lines.sort_by_key(|line| line.event.millis);
        Ok(lines)
    }
}

/// What a failed run said at its end and its error does not say already, in words for a note; `None` when that is nothing.
pub async fn last_words(aws: &Session, run: &JobRun) -> Option<String> {
    let mut said: Option<Vec<(i64, String)>> = None;
    let known = run.error.as_deref().unwrap_or_default();
    for channel in Channel::ALL {
        match logs::last(aws, &channel.group(run), &run.id, LAST).await {
            Ok(Some(events)) => said.get_or_insert_default().extend(telling(channel, &events, known)),
            Ok(None) => {}
            Err(error) => return Some(format!("its log in {} cannot be read: {error}", channel.group(run))),
        }
    }
    let Some(mut said) = said else {
        let groups = Channel::ALL.map(|channel| channel.group(run));
        return Some(format!("it has left no log in {}", groups.join(" or ")));
    };
    said.sort_by_key(|(millis, _)| *millis);
    let lines: Vec<&str> = said.iter().map(|(_, line)| line.as_str()).collect();
    let end = &lines[lines.len().saturating_sub(SHOWN)..];
    (!end.is_empty()).then(|| format!("the end of its log:\n{}", end.join("\n")))
}

/// The lines that tell something, each with its time: not Spark's own progress, not what `known` says already.
fn telling(channel: Channel, events: &[LogEvent], known: &str) -> Vec<(i64, String)> {
    let mut told = Vec::new();
    let mut progress = false;
    for LogEvent { millis, message } in events {
        for line in message.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()) {
            // What has no date belongs to the line before it, until something begins that has none either.
            if let Some(level) = level(line) {
                progress = ["INFO", "WARN", "DEBUG"].contains(&level);
            } else if line.starts_with("Traceback") {
                progress = false;
            }
            let sparks = progress && channel == Channel::Error;
            if !sparks && !known.contains(line.trim()) {
                told.push((*millis, line.chars().take(WIDEST).collect()));
            }
        }
    }
    told
}

/// The level of a line as Spark dates them, `26/11/21 18:00:00 INFO ...`, or Glue, `2026-11-21 18:00:00,123 INFO ...`.
fn level(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.next().filter(|word| word.len() >= 8 && word.starts_with(|c: char| c.is_ascii_digit()))?;
    words.take(2).find(|word| ["INFO", "WARN", "DEBUG", "ERROR", "FATAL"].contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn run(state: &str) -> Reply {
        Reply::json(json!({"JobRun": {"Id": "jr_1", "JobRunState": state, "LogGroupName": "/aws-glue/jobs-sealed/"}}))
    }

    fn said(events: &[(i64, &str)], token: &str) -> Reply {
        let events: Vec<Value> = events.iter().map(|(at, said)| json!({"timestamp": at, "message": said})).collect();
        Reply::json(json!({"events": events, "nextForwardToken": token, "nextBackwardToken": "b"}))
    }

    fn missing() -> Reply {
        Reply::json_error(400, "ResourceNotFoundException", "The specified log stream does not exist.")
    }

    fn told(lines: &[Line]) -> Vec<String> {
        lines
            .iter()
            .map(|line| format!("{} {} {}", line.event.millis, line.channel.as_str(), line.event.message))
            .collect()
    }

    #[tokio::test]
    async fn both_streams_are_told_by_time() {
        let end = |token| said(&[], token);
        let replies = vec![
            run("SUCCEEDED"),
            said(&[(1, "a"), (3, "c")], "o"),
            end("o"),
            said(&[(2, "b"), (3, "d")], "e"),
            end("e"),
        ];
        let server = Canned::start(replies).await;
        let lines = Reader::new("j", "jr_1", &Channel::ALL).all(&session(&server)).await.unwrap();
        assert_eq!(told(&lines), ["1 output a", "2 error b", "3 output c", "3 error d"]);
        let asked = server.asked()[1].json();
        assert_eq!(
            (&asked["logGroupName"], &asked["logStreamName"]),
            (&json!("/aws-glue/jobs-sealed/output"), &json!("jr_1"))
        );
    }

    #[tokio::test]
    async fn a_run_is_followed_to_its_end_and_nothing_told_twice() {
        let replies = vec![
            run("RUNNING"),
            missing(),
            run("RUNNING"),
            said(&[(1, "a")], "t1"),
            said(&[], "t1"),
            run("FAILED"),
            said(&[(2, "b")], "t2"),
            said(&[], "t2"),
            run("FAILED"),
            said(&[(3, "late")], "t3"),
            said(&[], "t3"),
            run("FAILED"),
            said(&[], "t3"),
        ];
        let server = Canned::start(replies).await;
        let mut lines = Vec::new();
        let mut reader = Reader::new("j", "jr_1", &[Channel::Error]);
        let tell = |news| {
            lines.extend(news);
            Ok(())
        };
        let ended = reader.follow(&session(&server), tell).await.unwrap();
        assert_eq!(ended.state.name(), "FAILED");
        assert_eq!(told(&lines), ["1 error a", "2 error b", "3 error late"]);
        assert_eq!(server.asked()[6].json()["nextToken"], "t1");
    }

    #[tokio::test]
    async fn no_logs_at_all_is_an_error_that_says_where_they_would_be() {
        let mut help = Vec::new();
        for state in ["RUNNING", "SUCCEEDED"] {
            let server = Canned::start(vec![run(state), missing(), missing()]).await;
            let error = Reader::new("j", "jr_1", &Channel::ALL).all(&session(&server)).await.unwrap_err();
            assert_eq!(error.code(), "no-logs");
            assert!(error.notes()[0].ends_with("/aws-glue/jobs-sealed/output or /aws-glue/jobs-sealed/error"));
            help.push(error.help().unwrap().to_owned());
        }
        assert!(help[0].contains("--follow") && help[1].contains("retention"), "{help:?}");
    }

    #[test]
    fn the_last_words_are_those_that_tell_something() {
        let event = |message: &&str| LogEvent { millis: 1, message: (*message).to_owned() };
        let messages = [
            "26/11/21 18:00:00 INFO SparkContext: Running Spark version 3.5.4",
            "2026-11-21 18:00:00,123 WARN [main] a schema:",
            "message spark_schema {\n  optional int32 x;\n}\n",
            "26/11/21 18:00:01 ERROR ProcessLauncher: Error from Python:Traceback (most recent call last):\n  File \"/tmp/s.py\", \
             line 7\n\nValueError: no such column\n",
            "26/11/21 18:00:02 INFO ShutdownHookManager: Shutdown hook called",
            "Traceback (most recent call last):",
        ];
        let events: Vec<LogEvent> = messages.iter().map(event).collect();
        let lines = |channel| telling(channel, &events, "ValueError: no such column");
        let error: Vec<String> = lines(Channel::Error).into_iter().map(|(_, line)| line).collect();
        insta::assert_snapshot!(error.join("\n"), @r#"
        26/11/21 18:00:01 ERROR ProcessLauncher: Error from Python:Traceback (most recent call last):
          File "/tmp/s.py", line 7
        Traceback (most recent call last):
        "#);
        assert_eq!(lines(Channel::Output).len(), 9, "what a script prints is its own, whatever it looks like");
        let long = telling(Channel::Output, &[event(&"x".repeat(400).as_str())], "");
        assert_eq!(long[0].1.len(), WIDEST);
    }

    #[tokio::test]
    async fn a_log_that_is_missing_or_forbidden_does_not_hide_the_failure() {
        let ended = |replies| async move {
            let server = Canned::start(replies).await;
            let aws = session(&server);
            let run = glue::job_run(&aws, "j", "jr_1").await.unwrap();
            last_words(&aws, &run).await.unwrap()
        };
        let denied = Reply::json_error(400, "AccessDeniedException", "not authorized to perform: logs:GetLogEvents");
        let nothing = ended(vec![run("FAILED"), missing(), missing()]).await;
        assert_eq!(nothing, "it has left no log in /aws-glue/jobs-sealed/output or /aws-glue/jobs-sealed/error");
        let forbidden = ended(vec![run("FAILED"), denied]).await;
        assert!(forbidden.contains("cannot be read") && forbidden.contains("logs:GetLogEvents"), "{forbidden}");
        let late = [run("FAILED"), said(&[(2, "why\n")], "f"), said(&[], "f"), said(&[(1, "x")], "f"), said(&[], "f")];
        assert_eq!(ended(late.into()).await, "the end of its log:\nx\nwhy");
    }
}
