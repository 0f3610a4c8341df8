//! What the operator may do: run this pipeline and read what comes of it, and nothing that deploys it. No script can be
//! written, nothing of Glue made, changed or deleted, no right given.

use serde_json::{Value, json};

use super::keys;
use super::policy::{allow, listing, object, objects};
use crate::dashboard::model::ImportMode;
use crate::error::{Error, Result};
use crate::resource::{Address, Kind};
use crate::services::Context;
use crate::services::athena::workgroup;
use crate::services::layout::Layout;
use crate::services::quicksight::names;

/// The most characters that all inline policies of a group may have, white space not counted. (A user's have 2,048, which
/// is too little: so a user's rights come from a group. IAM guide, "IAM and AWS STS quotas".)
const MOST: usize = 5120;

/// The name that stands in the manifest; for a user and its group alike.
pub(super) fn name<'a>(cx: &Context<'a>) -> Option<&'a str> {
    cx.manifest.iam.operator.as_ref().map(|operator| operator.name().value.as_str())
}

/// The address of the group.
pub(super) fn group_address(name: &str) -> Address {
    Address::new(Kind::IamGroup, name)
}

/// The policy of the operator's group.
///
/// Errors: `policy-too-long`, for pipelines with very many data sets or long names.
pub(super) fn policy(cx: &Context<'_>) -> Result<Value> {
    let layout = Layout::of(cx.manifest);
    let storage = &cx.manifest.storage;
    let runs = object(cx, &layout.bucket, &format!("{}*", layout.runs_prefix()));
    let (staging, results) = (objects(cx, &layout.staging), objects(cx, &layout.results));
    let control = object(cx, &layout.bucket, &format!("{}*", layout.control_prefix()));
    let mut statements = vec![
        allow(
            "Read",
            &["s3:GetObject"],
            vec![staging.clone(), objects(cx, &layout.warehouse), results.clone(), control],
        ),
        allow(
            "Write",
            &["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
            vec![staging.clone(), results, runs],
        ),
        allow("ReplaceSources", &["s3:DeleteObject"], vec![staging]),
        allow(
            "FindUnfinishedUploads",
            &["s3:ListBucketMultipartUploads"],
            vec![format!("arn:{}:s3:::{}", cx.partition, layout.staging.bucket)],
        ),
    ];
    let folders = [layout.staging.clone(), layout.warehouse.clone(), layout.results.clone(), layout.control()];
    statements.extend(listing(cx, folders.into_iter()));
    statements.extend(keys::statements(cx, &[&storage.warehouse], &[&storage.staging, &storage.results]));
    statements.extend(runs_and_crawls(cx));
    statements.push(catalog(cx));
    statements.push(queries(cx));
    statements.push(allow(
        "ReadLogs",
        &["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
        vec![format!("arn:{}:logs:{}:{}:log-group:/aws-glue/*", cx.partition, cx.region, cx.account)],
    ));
    statements.extend(refreshes(cx));
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let length = policy.to_string().chars().filter(|c| !c.is_whitespace()).count();
    if length > MOST {
        let place = cx.manifest.iam.operator.as_ref().and_then(|operator| operator.name().place.clone());
        return Err(Error::manifest("policy-too-long", format!("the operator's policy has {length} characters"))
            .at(place)
            .with_expected(format!("at most {MOST}, which is what IAM takes for a group"))
            .with_help("shorten names, or bring fewer data sets into SPICE"));
    }
    Ok(policy)
}

fn runs_and_crawls(cx: &Context<'_>) -> [Value; 2] {
    let glue = format!("arn:{}:glue:{}:{}", cx.partition, cx.region, cx.account);
    let name = cx.manifest.base_name();
    [
        allow(
            "RunJob",
            &["glue:BatchStopJobRun", "glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
            vec![format!("{glue}:job/{name}")],
        ),
        allow(
            "RunCrawler",
            &["glue:GetCrawler", "glue:StartCrawler", "glue:StopCrawler"],
            vec![format!("{glue}:crawler/{name}")],
        ),
    ]
}

/// Athena asks for the database `default` whatever a query names. (Athena guide, "Configure access to databases and
/// tables in the AWS Glue Data Catalog".)
fn catalog(cx: &Context<'_>) -> Value {
    let glue = format!("arn:{}:glue:{}:{}", cx.partition, cx.region, cx.account);
    let database = &cx.manifest.crawler.database.name.value;
    allow(
        "ReadCatalog",
        &[
            "glue:BatchGetPartition",
            "glue:GetDatabase",
            "glue:GetPartition",
            "glue:GetPartitions",
            "glue:GetTable",
            "glue:GetTables",
        ],
        vec![
            format!("{glue}:catalog"),
            format!("{glue}:database/default"),
            format!("{glue}:database/{database}"),
            format!("{glue}:table/{database}/*"),
        ],
    )
}

fn queries(cx: &Context<'_>) -> Value {
    allow(
        "Query",
        &[
            "athena:BatchGetNamedQuery",
            "athena:GetNamedQuery",
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetWorkGroup",
            "athena:ListNamedQueries",
            "athena:ListQueryExecutions",
            "athena:StartQueryExecution",
            "athena:StopQueryExecution",
        ],
        vec![format!("arn:{}:athena:{}:{}:workgroup/{}", cx.partition, cx.region, cx.account, workgroup::name(cx))],
    )
}

/// The data sets in SPICE, and their ingestions. For listing these IAM knows no resources.
fn refreshes(cx: &Context<'_>) -> Vec<Value> {
    let sets = cx.dashboards.datasets.iter().filter(|set| set.import_mode == ImportMode::Spice);
    let arns: Vec<String> = sets
        .map(|set| names::arn(cx, &format!("dataset/{}", names::data_set_id(cx.manifest, &set.name))))
        .flat_map(|arn| [format!("{arn}/ingestion/*"), arn])
        .collect();
    let actions = [
        "quicksight:CancelIngestion",
        "quicksight:CreateIngestion",
        "quicksight:DescribeDataSet",
        "quicksight:DescribeIngestion",
    ];
    if arns.is_empty() {
        return Vec::new();
    }
    let list = allow("ListRefreshes", &["quicksight:ListIngestions"], vec!["*".to_owned()]);
    vec![allow("Refresh", &actions, arns), list]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::{in_context, manifest};

    fn statements() -> Vec<Value> {
        in_context(&manifest(), policy).unwrap()["Statement"].as_array().unwrap().clone()
    }

    fn texts(value: &Value) -> Vec<&str> {
        value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
    }

    #[test]
    fn the_whole_of_it() {
        insta::assert_json_snapshot!(in_context(&manifest(), policy).unwrap());
    }

    #[test]
    fn it_cannot_redeploy() {
        for statement in statements() {
            for action in texts(&statement["Action"]) {
                let (service, verb) = action.split_once(':').unwrap();
                assert!(!["iam", "sts", "cloudformation"].contains(&service), "{action}");
                let deploys = ["Create", "Update", "Delete", "Put", "Tag", "Untag"].iter().any(|v| verb.starts_with(v));
                let runs = ["s3:PutObject", "s3:DeleteObject", "quicksight:CreateIngestion"].contains(&action);
                assert!(!deploys || runs, "{action}");
                if action == "s3:PutObject" || action == "s3:DeleteObject" {
                    let base = "arn:aws:s3:::123456789012-spotify-dev/";
                    let places = ["staging/*", "athena-results/*", "pipectl/spotify-dev/runs/*"];
                    for resource in texts(&statement["Resource"]) {
                        assert!(places.contains(&resource.trim_start_matches(base)), "{action} on {resource}");
                    }
                }
            }
            let listing = statement["Sid"] == "ListRefreshes";
            for resource in texts(&statement["Resource"]).into_iter().filter(|_| !listing) {
                assert!(resource != "*" && !resource.ends_with(":*"), "{resource}");
            }
        }
    }

    #[test]
    fn what_iam_would_refuse_is_refused_before() {
        let mut manifest = manifest();
        manifest.name.value = "n".repeat(31);
        manifest.environment.name = "e".repeat(20);
        manifest.crawler.database.name.value = "d".repeat(2500);
        assert_eq!(in_context(&manifest, policy).unwrap_err().code(), "policy-too-long");
    }
}
