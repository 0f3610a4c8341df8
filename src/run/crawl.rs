//! Stage 3: the crawler registers new partitions and reports what changed in the catalog.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::event::{Event, Events, Stage};
use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::error::{Error, Result};
use crate::services::glue::actions::{self as glue, CrawlerState, LastCrawl};

/// Longer than Glue's longest queueing we know of; a crawl of this size takes about a minute.
const WATCH: Duration = Duration::from_secs(12 * 3600);

/// What the catalog holds of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Column names with types, partition keys included.
    pub columns: Vec<(String, String)>,
    /// Registered partitions.
    pub partitions: u64,
}

/// Runs the crawler, or waits for the crawl that is going on; returns what changed in words.
pub async fn crawl(aws: &Session, crawler: &str, database: &str, events: Events<'_>) -> Result<String> {
    let before = shapes(aws, database).await?;
    let last = glue::crawler(aws, crawler).await?.last.and_then(|l| l.started);
    glue::start_crawler(aws, crawler).await?;
    let started = Instant::now();
    let last = &last;
    let ended = poll(&format!("crawler {crawler}"), WATCH, super::watching(aws), || async move {
        let now = glue::crawler(aws, crawler).await?;
        let fresh = now.last.filter(|l| l.started != *last);
        if let (CrawlerState::Ready, Some(ended)) = (now.state, fresh) {
            return Ok(Progress::Done(ended));
        }
        let text = format!("{:?} {} s", now.state, started.elapsed().as_secs()).to_lowercase();
        events(Event::Progress { stage: Stage::Crawl, text: text.clone(), of: None });
        Ok(Progress::Pending(text))
    })
    .await?;
    if ended.status != "SUCCEEDED" {
        return Err(failure(crawler, &ended));
    }
    Ok(tell(&before, &shapes(aws, database).await?))
}

fn failure(crawler: &str, ended: &LastCrawl) -> Error {
    const NEXT: &str = "the job's tables are published; `pipectl run --from crawl` goes on";
    let why = ended.error.as_deref();
    match (ended.status.as_str(), why) {
        ("CANCELLED", _) => {
            Error::data("crawl-cancelled", format!("crawler `{crawler}` was stopped by somebody")).with_help(NEXT)
        }
        (status, why) => {
            let why = why.unwrap_or("Glue gave no reason; the log group /aws-glue/crawlers has more");
            Error::data("crawl-failed", format!("crawler `{crawler}` ended {status}: {why}"))
                .with_help(format!("mend the cause; {NEXT}"))
        }
    }
}

async fn shapes(aws: &Session, database: &str) -> Result<BTreeMap<String, Shape>> {
    let mut shapes = BTreeMap::new();
    for table in glue::tables(aws, database).await? {
        let partitions = match table.partition_keys.is_empty() {
            true => 0,
            false => glue::partition_count(aws, database, &table.name).await?,
        };
        let columns = table.columns.into_iter().chain(table.partition_keys).collect();
        shapes.insert(table.name, Shape { columns, partitions });
    }
    Ok(shapes)
}

/// What changed between two looks at the catalog, in words.
pub fn tell(before: &BTreeMap<String, Shape>, after: &BTreeMap<String, Shape>) -> String {
    let mut words = Vec::new();
    for (name, shape) in after {
        let Some(old) = before.get(name) else {
            words.push(format!("{name}: new, {} columns, {} partitions", shape.columns.len(), shape.partitions));
            continue;
        };
        let mut parts = Vec::new();
        let added = |a: &Shape, b: &Shape| {
            let names = a.columns.iter().filter(|(n, _)| !b.columns.iter().any(|(m, _)| m == n));
            names.map(|(n, _)| n.clone()).collect::<Vec<_>>().join(", ")
        };
        let (new, gone) = (added(shape, old), added(old, shape));
        if !new.is_empty() {
            parts.push(format!("columns added: {new}"));
        }
        if !gone.is_empty() {
            parts.push(format!("columns gone: {gone}"));
        }
        for (column, data_type) in &shape.columns {
            if let Some((_, was)) = old.columns.iter().find(|(n, t)| n == column && t != data_type) {
                parts.push(format!("{column} was {was}, is {data_type}"));
            }
        }
        match shape.partitions as i64 - old.partitions as i64 {
            0 => {}
            n => parts.push(format!("{n:+} partitions")),
        }
        if !parts.is_empty() {
            words.push(format!("{name}: {}", parts.join(", ")));
        }
    }
    words.extend(before.keys().filter(|name| !after.contains_key(*name)).map(|name| format!("{name}: gone")));
    if words.is_empty() { "no change in the catalog".to_owned() } else { words.join("; ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn shape(columns: &[(&str, &str)], partitions: u64) -> Shape {
        Shape { columns: columns.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect(), partitions }
    }

    #[test]
    fn changes_are_told_per_table() {
        let before = BTreeMap::from([
            ("hits".to_owned(), shape(&[("id", "string"), ("x", "int")], 2)),
            ("old".to_owned(), shape(&[], 0)),
        ]);
        let after = BTreeMap::from([
            ("hits".to_owned(), shape(&[("id", "string"), ("x", "bigint"), ("y", "date")], 5)),
            ("new".to_owned(), shape(&[("a", "int")], 0)),
        ]);
        assert_eq!(
            tell(&before, &after),
            "hits: columns added: y, x was int, is bigint, +3 partitions; new: new, 1 columns, 0 partitions; old: gone"
        );
        assert_eq!(tell(&after, &after), "no change in the catalog");
    }

    /// What is told of a crawl that ended so, in lines.
    async fn told(status: &str, message: Option<&str>) -> String {
        let crawler = |last| Reply::json(json!({"Crawler": {"Name": "c", "State": "READY", "LastCrawl": last}}));
        let ended = json!({"Status": status, "ErrorMessage": message, "StartTime": 1_700_000_000});
        let server = Canned::start(vec![
            Reply::json(json!({"TableList": []})),
            crawler(serde_json::Value::Null),
            Reply::json(json!({})),
            crawler(ended),
        ])
        .await;
        let error = crawl(&session(&server), "c", "d", &|_| ()).await.unwrap_err();
        format!("{}: {}\n  {}\n", error.code(), error.message(), error.help().unwrap_or_default())
    }

    #[tokio::test]
    async fn every_end_but_success_names_its_cause_and_the_next_step() {
        let mut all = told("FAILED", Some("Insufficient Lake Formation permission(s) on d")).await;
        all += &told("FAILED", None).await;
        all += &told("CANCELLED", None).await;
        insta::assert_snapshot!(all, @r#"
        crawl-failed: crawler `c` ended FAILED: Insufficient Lake Formation permission(s) on d
          mend the cause; the job's tables are published; `pipectl run --from crawl` goes on
        crawl-failed: crawler `c` ended FAILED: Glue gave no reason; the log group /aws-glue/crawlers has more
          mend the cause; the job's tables are published; `pipectl run --from crawl` goes on
        crawl-cancelled: crawler `c` was stopped by somebody
          the job's tables are published; `pipectl run --from crawl` goes on
        "#);
    }
}
