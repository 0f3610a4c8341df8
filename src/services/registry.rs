//! All kinds together: what a pipeline wants, and who deals with each kind.

use super::athena::{named_query, workgroup};
use super::glue::{crawler, database, job, table, trigger, workflow};
use super::handler::Handler;
use super::quicksight::{dashboard, data_set, data_source, refresh_schedule};
use super::s3::{bucket, object, prefix};
use super::{Context, iam};
use crate::error::Result;
use crate::resource::{Kind, Resource};

/// Everything the manifest asks for, each resource after those it depends on.
///
/// Errors: what AWS would refuse and only the whole tells (`name-too-long`, `policy-too-long`, `crawler-policy`), and what QuickSight cannot say
/// (`not-in-quicksight`).
pub fn desired(cx: &Context<'_>) -> Result<Vec<Resource>> {
    let role = iam::role::desired(cx)?;
    let job = job::desired(cx, &role.address)?;
    let crawler = crawler::desired(cx, &role.address)?;
    let mut all = bucket::desired(cx);
    all.extend(prefix::desired(cx));
    all.extend(object::desired(cx)?);
    all.push(role);
    all.extend(iam::group::desired(cx)?);
    all.extend(iam::user::desired(cx));
    all.push(database::desired(cx));
    all.extend(table::desired(cx));
    all.push(job);
    all.push(crawler);
    all.extend(workflow::desired(cx));
    all.extend(trigger::desired(cx));
    all.push(workgroup::desired(cx));
    all.extend(named_query::desired(cx));
    all.extend(data_source::desired(cx));
    all.extend(data_set::desired(cx)?);
    all.extend(refresh_schedule::desired(cx));
    all.extend(dashboard::desired(cx)?);
    Ok(all)
}

/// The kind's dealings with AWS.
pub fn handler(kind: Kind) -> &'static dyn Handler {
    match kind {
        Kind::S3Bucket => &bucket::Bucket,
        Kind::S3Prefix => &prefix::Prefix,
        Kind::S3Object => &object::Object,
        Kind::IamRole => &iam::role::Role,
        Kind::IamGroup => &iam::group::Group,
        Kind::IamUser => &iam::user::User,
        Kind::GlueDatabase => &database::Database,
        Kind::GlueTable => &table::Table,
        Kind::GlueJob => &job::Job,
        Kind::GlueCrawler => &crawler::Crawler,
        Kind::GlueWorkflow => &workflow::Workflow,
        Kind::GlueTrigger => &trigger::Trigger,
        Kind::AthenaWorkgroup => &workgroup::Workgroup,
        Kind::AthenaNamedQuery => &named_query::NamedQuery,
        Kind::QuicksightDataSource => &data_source::DataSource,
        Kind::QuicksightDataSet => &data_set::DataSet,
        Kind::QuicksightRefreshSchedule => &refresh_schedule::RefreshSchedule,
        Kind::QuicksightDashboard => &dashboard::Dashboard,
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
