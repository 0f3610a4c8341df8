//! `cost`: what a run and a month cost, from what is declared, past runs and what lies in S3.

use chrono::{DateTime, NaiveDateTime, Utc};
use futures::future::{join_all, try_join_all};

use super::args::{CostArgs, Global};
use super::connect::Connected;
use super::status;
use crate::cost::{Declared, Item, Outlook, Rates, Seen, Stored, often};
use crate::error::Result;
use crate::report::{Out, cost as view};
use crate::run::{RunRecord, RunStatus, billing};
use crate::services::layout::{Folder, Layout};
use crate::services::quicksight::{actions as quicksight, names};
use crate::services::s3::actions::{self as s3, ObjectInfo};

/// `cost [--runs N]`.
pub async fn cost(global: &Global, args: &CostArgs, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let manifest = &connected.workspace.manifest;
    let declared = declared(&connected);
    let runs = usize::from(args.runs);
    let (seen, stored, spice) =
        tokio::join!(runs_of(&connected, &declared, runs), lying(&connected), held(&connected, &declared));
    let ((seen, started), stored) = (seen?, stored?);
    let now = Utc::now();
    let often = often::runs(declared.schedule.as_deref(), &started, now);
    let rates = Rates::of(&connected.aws.region);
    let outlook = Outlook::of(&declared, rates, (&seen, &stored, spice), (often, now));
    let name = (manifest.name.value.as_str(), manifest.environment.name.as_str());
    let value = view::document(name, seen.here, &outlook);
    out.result(&value, |style| view::render(name, seen.here, &outlook, style))?;
    Ok(0)
}

/// What is declared, with the refreshes that follow the pipeline's schedule.
pub fn declared(connected: &Connected) -> Declared {
    let sets = &connected.workspace.dashboards;
    Declared::of(&connected.workspace.manifest, |name| sets.dataset(name).and_then(|set| set.refresh))
}

/// What the newest `most` runs that succeeded used, and when all runs began.
async fn runs_of(connected: &Connected, declared: &Declared, most: usize) -> Result<(Seen, Vec<DateTime<Utc>>)> {
    let keys = unless_missing(status::keys(connected).await)?;
    // Some have failed or were left: further ones may stand in for them.
    let records = status::read(connected, &keys, most.max(status::RECENT)).await?;
    // A run of some tables says too little of a whole one.
    let is_whole = |record: &&RunRecord| record.status == RunStatus::Succeeded && record.selected.is_empty();
    let ended: Vec<&RunRecord> = records.iter().filter(is_whole).take(most).collect();
    let bytes = |set| ended.iter().find_map(|record| billing::behind(record, set));
    let seen = Seen {
        usages: ended.iter().map(|record| billing::usage(record, declared)).collect(),
        sets: declared.datasets.iter().filter_map(|set| Some((set.name.clone(), bytes(set)?))).collect(),
        here: connected.is_local(),
    };
    Ok((seen, keys.iter().filter_map(|key| began(key)).collect()))
}

/// When a run began, by the key of its record: `.../runs/20261122T031500Z-ab12.json`.
fn began(key: &str) -> Option<DateTime<Utc>> {
    let id = key.rsplit('/').next()?;
    let (time, _) = id.split_once('-')?;
    NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").ok().map(|time| time.and_utc())
}

/// What lies in the three places, and what of it in the archive.
async fn lying(connected: &Connected) -> Result<Vec<Stored>> {
    let layout = Layout::of(&connected.workspace.manifest);
    let places = [
        (Item::StagingStorage, layout.staging),
        (Item::WarehouseStorage, layout.warehouse),
        (Item::ResultsStorage, layout.results),
    ];
    let lists = places
        .iter()
        .map(|(_, place)| async { unless_missing(s3::list(&connected.aws, &place.bucket, &place.prefix).await) });
    Ok(sums(&places, &try_join_all(lists).await?))
}

/// Sums up the objects; one that lies in a place inside another place counts there alone.
fn sums(places: &[(Item, Folder)], lists: &[Vec<ObjectInfo>]) -> Vec<Stored> {
    let empty = |item| Stored { item, objects: 0, bytes: 0, other_classes: false };
    let mut archive = empty(Item::ArchiveStorage);
    let mut stored = Vec::new();
    for (at, ((item, place), objects)) in places.iter().zip(lists).enumerate() {
        let mut sum = empty(*item);
        let others = places.iter().enumerate().filter(|(other, (_, folder))| {
            let (here, there) = (place.prefix.len(), folder.prefix.len());
            folder.bucket == place.bucket && (there > here || there == here && *other < at)
        });
        let inner: Vec<&str> = others.map(|(_, (_, folder))| folder.prefix.as_str()).collect();
        for object in objects.iter().filter(|object| !inner.iter().any(|prefix| object.key.starts_with(prefix))) {
            let sum = if object.class == "GLACIER_IR" { &mut archive } else { &mut sum };
            sum.objects += 1;
            sum.bytes += object.size;
            sum.other_classes |= !matches!(object.class.as_str(), "STANDARD" | "GLACIER_IR");
        }
        stored.push(sum);
    }
    stored.push(archive);
    stored
}

/// Bytes in SPICE; `None` when there is nothing yet, or it may not be asked for: then that much is not known.
async fn held(connected: &Connected, declared: &Declared) -> Option<u64> {
    let manifest = &connected.workspace.manifest;
    let ids: Vec<String> = declared.datasets.iter().map(|set| names::data_set_id(manifest, &set.name)).collect();
    let sizes = join_all(ids.iter().map(|id| quicksight::spice_bytes(&connected.aws, id))).await;
    let sizes: Vec<u64> = sizes.into_iter().collect::<Result<Vec<_>>>().ok()?.into_iter().flatten().collect();
    (!sizes.is_empty()).then(|| sizes.iter().sum())
}

/// Before the first apply there are no buckets.
fn unless_missing<T>(listed: Result<Vec<T>>) -> Result<Vec<T>> {
    match listed {
        Err(error) if matches!(error.aws_code(), Some("NoSuchBucket" | "NotFound")) => Ok(Vec::new()),
        listed => listed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_inside_another_counts_once() {
        let folder = |bucket: &str, prefix: &str| Folder { bucket: bucket.into(), prefix: prefix.into() };
        let object = |key: &str, size, class: &str| ObjectInfo {
            key: key.into(),
            size,
            etag: String::new(),
            class: class.into(),
            modified_millis: 0,
        };
        let places = [
            (Item::StagingStorage, folder("b", "in/")),
            (Item::WarehouseStorage, folder("b", "")),
            (Item::ResultsStorage, folder("c", "in/")),
        ];
        let lists = [
            vec![object("in/a", 1, "STANDARD"), object("in/b", 2, "GLACIER_IR")],
            vec![object("in/a", 1, "STANDARD"), object("in/b", 2, "GLACIER_IR"), object("t/x", 4, "STANDARD_IA")],
            vec![object("in/a", 8, "STANDARD")],
        ];
        let told: Vec<_> =
            sums(&places, &lists).iter().map(|s| (s.item, s.objects, s.bytes, s.other_classes)).collect();
        assert_eq!(
            told,
            [
                (Item::StagingStorage, 1, 1, false),
                (Item::WarehouseStorage, 1, 4, true),
                (Item::ResultsStorage, 1, 8, false),
                (Item::ArchiveStorage, 1, 2, false),
            ]
        );
        let same = [(Item::StagingStorage, folder("b", "")), (Item::WarehouseStorage, folder("b", ""))];
        let lists = [vec![object("a", 1, "STANDARD")], vec![object("a", 1, "STANDARD")]];
        assert_eq!(sums(&same, &lists).iter().map(|s| s.objects).sum::<u64>(), 1);
    }

    #[test]
    fn a_run_tells_when_it_began() {
        let told = |key: &str| began(key).map(|time| time.to_rfc3339());
        assert_eq!(told("pipectl/x/runs/20261122T031500Z-ab12.json").as_deref(), Some("2026-11-22T03:15:00+00:00"));
        assert_eq!(told("pipectl/x/runs/notes.json"), None);
    }
}
