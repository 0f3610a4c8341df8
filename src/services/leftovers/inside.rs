//! What takes no tags lives inside something: tables in databases, queries in workgroups, schedules in data sets, folder
//! markers and generated files in buckets.

use super::arns::named;
use super::search::Search;
use crate::aws::{Session, absent};
use crate::error::Result;
use crate::resource::{Kind, Owner, Ownership, Resource};
use crate::services::athena::{named_query, workgroup};
use crate::services::glue::{catalog, tagging};
use crate::services::quicksight::refresh_schedule;
use crate::services::s3::actions;
use crate::services::{layout, marks};

/// What is to be confirmed inside something that may hold others.
pub(super) async fn candidates(aws: &Session, search: &Search, holder: &Resource) -> Result<Vec<Resource>> {
    let name = &holder.address.name;
    match holder.address.kind {
        Kind::GlueDatabase => tables(aws, &search.owner, name).await,
        Kind::AthenaWorkgroup => queries(aws, &search.owner, name).await,
        Kind::QuicksightDataSet => Ok(vec![refresh_schedule::named(name, &search.owner)]),
        Kind::S3Bucket => objects(aws, search, holder).await,
        _ => Ok(Vec::new()),
    }
}

async fn tables(aws: &Session, owner: &Owner, database: &str) -> Result<Vec<Resource>> {
    let all = absent(catalog::tables(aws, database).await, tagging::MISSING)?.unwrap_or_default();
    let ours = all.iter().filter(|table| owner.judge(&table.parameters) == Ownership::Ours);
    Ok(ours.map(|t| named(Kind::GlueTable, &t.name, &[("database", database), ("table", &t.name)])).collect())
}

async fn queries(aws: &Session, owner: &Owner, workgroup: &str) -> Result<Vec<Resource>> {
    let all = workgroup::present(named_query::queries(aws, workgroup).await)?.unwrap_or_default();
    let ours = all.iter().filter(|query| {
        let (_, tags) = marks::split_marker(query.description().unwrap_or_default());
        owner.judge(&tags) == Ownership::Ours
    });
    Ok(ours
        .map(|query| {
            let identity = [("workgroup", workgroup), ("name", query.name()), ("marker", &marks::marker(owner))];
            named(Kind::AthenaNamedQuery, query.name(), &identity)
        })
        .collect())
}

/// The generated files in our folder, and, in a bucket that is not shared, the folders beside it, which may be markers of
/// ours. In a shared bucket the folders are other people's, and are not looked at one by one.
async fn objects(aws: &Session, search: &Search, bucket: &Resource) -> Result<Vec<Resource>> {
    let name = bucket.address.name.as_str();
    let missing = &["NoSuchBucket", "NotFound"];
    let control = search.control();
    let beside = async { if bucket.existing { Ok(Vec::new()) } else { actions::folders(aws, name).await } };
    let both = tokio::try_join!(actions::list(aws, name, &control), beside);
    let Some((files, folders)) = absent(both, missing)? else { return Ok(Vec::new()) };
    let generated = files.iter().map(|file| file.key.as_str()).filter(|key| layout::is_generated(key, &control));
    let mut found: Vec<Resource> = generated
        .map(|key| named(Kind::S3Object, key.rsplit('/').next().unwrap_or(key), &[("bucket", name), ("key", key)]))
        .collect();
    found.extend(folders.iter().filter(|folder| !control.starts_with(*folder)).map(|folder| {
        let address = format!("{name}/{}", folder.trim_end_matches('/'));
        named(Kind::S3Prefix, &address, &[("bucket", name), ("key", folder)])
    }));
    Ok(found)
}
