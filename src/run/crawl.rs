//! Stage 3: the crawler registers new partitions and reports what changed in the catalog.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::event::{Event, Events, Stage};
use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::error::{Error, Result};
use crate::services::glue::actions::{self as glue, CrawlerState};

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
        let why = ended.error.unwrap_or_else(|| "Glue gave no reason".to_owned());
        return Err(Error::data("crawl-failed", format!("crawler `{crawler}` ended {}: {why}", ended.status))
            .with_help(
                "the job's tables are published; after the cause is mended, `pipectl run --from crawl` goes on",
            ));
    }
    Ok(tell(&before, &shapes(aws, database).await?))
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
    use super::*;

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
}
