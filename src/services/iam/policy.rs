//! The policies of Glue's role: who may assume it, and the least it needs.
//!
//! It reads staging and sources in place, reads and writes the warehouse, and reads its script; it cannot write the script,
//! so that data cannot become code. In the catalog it sees this database alone, in its log folder it writes logs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{job_options, keys};
use crate::flow::document::Location;
use crate::manifest::model::CatalogMode;
use crate::services::Context;
use crate::services::glue::table::catalog_name;
use crate::services::layout::{Folder, Layout};

/// Only Glue, and only on behalf of this account (no confused deputy).
pub fn trust(cx: &Context<'_>) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "GlueOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": ["glue.amazonaws.com"]},
            "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"aws:SourceAccount": [cx.account]}},
        }],
    })
}

/// The room for the names of tables, in bytes, of the 10,240 that all inline policies of a role may have together.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const MOST_FOR_TABLES: usize = 4000;

/// The inline policy `pipectl`.
pub fn inline(cx: &Context<'_>) -> Value {
    let layout = Layout::of(cx.manifest);
    let mut statements = vec![
        allow("ReadSources", &["s3:GetObject"], readable(cx, &layout)),
        allow(
            "WriteWarehouse",
            &[
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            vec![objects(cx, &layout.warehouse)],
        ),
        allow(
            "ReadScript",
            &["s3:GetObject"],
            std::iter::once(format!("{}scripts/*", layout.control_prefix()))
                .chain(cx.manifest.job.script.is_none().then(|| layout.flow_key()))
                .map(|key| object(cx, &layout.bucket, &key))
                .collect(),
        ),
    ];
    let folders = [layout.staging.clone(), layout.warehouse.clone()].into_iter();
    statements.extend(listing(cx, folders.chain(in_place(cx).filter_map(Folder::parse))));
    let storage = &cx.manifest.storage;
    statements.extend(keys::statements(cx, &[&storage.staging, &storage.results], &[&storage.warehouse]));
    statements.push(catalog(cx));
    statements.extend(job_options::statements(cx));
    statements.push(allow(
        "WriteLogs",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        vec![format!("arn:{}:logs:{}:{}:log-group:/aws-glue/*", cx.partition, cx.region, cx.account)],
    ));
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A statement that allows.
pub(super) fn allow(sid: &str, actions: &[&str], resources: Vec<String>) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources})
}

/// The ARN of an object, or of those that a pattern tells.
pub(super) fn object(cx: &Context<'_>, bucket: &str, key: &str) -> String {
    format!("arn:{}:s3:::{bucket}/{key}", cx.partition)
}

/// The ARN of everything in a folder.
pub(super) fn objects(cx: &Context<'_>, folder: &Folder) -> String {
    object(cx, &folder.bucket, &format!("{}*", folder.prefix))
}

/// Staging, and each source that is read in place.
fn readable(cx: &Context<'_>, layout: &Layout) -> Vec<String> {
    let mut arns = vec![objects(cx, &layout.staging)];
    for uri in in_place(cx) {
        let arn = match uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, key)) if key.is_empty() || key.ends_with('/') => object(cx, bucket, &format!("{key}*")),
            Some((bucket, key)) => object(cx, bucket, key),
            None => continue,
        };
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    arns
}

fn in_place<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    cx.flow.sources.values().filter_map(|source| match &source.location {
        Location::InPlace(uri) => Some(uri.as_str()),
        Location::Staged => None,
    })
}

/// Listing, a statement a bucket, each limited to the folders that are used; a whole bucket is listed without a limit.
pub(super) fn listing(cx: &Context<'_>, folders: impl Iterator<Item = Folder>) -> Vec<Value> {
    let mut buckets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in folders {
        let prefixes = buckets.entry(folder.bucket).or_default();
        if !prefixes.contains(&folder.prefix) {
            prefixes.push(folder.prefix);
        }
    }
    let statement = |(number, (bucket, prefixes)): (usize, (String, Vec<String>))| {
        let arn = format!("arn:{}:s3:::{bucket}", cx.partition);
        let mut list = allow(&format!("ListBucket{number}"), &["s3:ListBucket"], vec![arn.clone()]);
        if prefixes.iter().all(|prefix| !prefix.is_empty()) {
            let patterns: Vec<String> = prefixes.iter().flat_map(|p| [p.clone(), format!("{p}*")]).collect();
            list["Condition"] = json!({"StringLike": {"s3:prefix": patterns}});
        }
        [list, allow(&format!("LocateBucket{number}"), &["s3:GetBucketLocation"], vec![arn])]
    };
    (1..).zip(buckets).flat_map(statement).collect()
}

/// The catalog's rights. Tables that are declared can be changed, but neither made nor deleted, by a crawl.
fn catalog(cx: &Context<'_>) -> Value {
    let base = format!("arn:{}:glue:{}:{}", cx.partition, cx.region, cx.account);
    let database = &cx.manifest.crawler.database.name.value;
    let mut resources = vec![format!("{base}:catalog"), format!("{base}:database/{database}")];
    let mut actions = vec![
        "glue:BatchCreatePartition",
        "glue:BatchDeletePartition",
        "glue:BatchGetPartition",
        "glue:BatchUpdatePartition",
        "glue:CreatePartition",
        "glue:DeletePartition",
        "glue:GetDatabase",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:GetTable",
        "glue:GetTables",
        "glue:UpdatePartition",
        "glue:UpdateTable",
    ];
    let prefixed = format!("{base}:table/{database}/{}*", cx.manifest.crawler.table_prefix.to_lowercase());
    match cx.manifest.crawler.tables {
        CatalogMode::Declared => {
            let tables = cx.flow.tables.keys().map(|table| catalog_name(cx.manifest, table));
            let each: Vec<String> = tables.map(|name| format!("{base}:table/{database}/{name}")).collect();
            // Very many tables are named by what they have in common: IAM takes no longer policies.
            match each.iter().map(String::len).sum::<usize>() > MOST_FOR_TABLES {
                false => resources.extend(each),
                true => resources.push(prefixed),
            }
        }
        CatalogMode::Inferred => {
            actions.extend(["glue:CreateTable", "glue:DeleteTable"]);
            actions.sort_unstable();
            resources.push(prefixed);
        }
    }
    allow("Catalog", &actions, resources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::{desired, manifest, wanted};

    fn statement(policy: &Value, sid: &str) -> Value {
        let statements = policy["Statement"].as_array().unwrap();
        statements.iter().find(|s| s["Sid"] == sid).cloned().unwrap_or_default()
    }

    fn role_policy(manifest: &crate::manifest::model::Manifest) -> Value {
        let all = desired(manifest).unwrap();
        all.into_iter().find(|r| r.address.kind == crate::resource::Kind::IamRole).unwrap().fields["inline_policy"]
            .clone()
    }

    #[test]
    fn it_reads_what_it_runs_and_cannot_write_it() {
        let policy = role_policy(&manifest());
        let control = "arn:aws:s3:::123456789012-spotify-dev/pipectl/spotify-dev/";
        assert_eq!(
            statement(&policy, "ReadScript")["Resource"],
            json!([format!("{control}scripts/*"), format!("{control}flow.json")])
        );
        for statement in policy["Statement"].as_array().unwrap() {
            let writes =
                statement["Action"].as_array().unwrap().iter().any(|a| a == "s3:PutObject" || a == "s3:DeleteObject");
            let resources = statement["Resource"].as_array().unwrap();
            if writes {
                assert_eq!(resources, &[json!("arn:aws:s3:::123456789012-spotify-dev/warehouse/*")]);
            }
        }
    }

    #[test]
    fn very_many_tables_fit() {
        let mut flow = crate::services::testing::flow();
        let table = flow.tables["hits"].clone();
        flow.tables.extend((0..400).map(|i| (format!("t{i}"), table.clone())));
        let manifest = manifest();
        let policy = crate::services::testing::in_context(&manifest, |cx| inline(&Context { flow: &flow, ..*cx }));
        assert!(policy.to_string().len() < 10_240, "{}", policy.to_string().len());
        let tables = statement(&policy, "Catalog")["Resource"].to_string();
        assert!(tables.contains(":table/spotify_dev/*"), "{tables}");
    }

    #[test]
    fn nothing_is_allowed_on_everything() {
        for statement in role_policy(&manifest())["Statement"].as_array().unwrap() {
            for entry in statement["Resource"].as_array().unwrap().iter().chain(statement["Action"].as_array().unwrap())
            {
                let entry = entry.as_str().unwrap();
                assert!(entry != "*" && !entry.ends_with(":*"), "{statement}");
            }
        }
    }

    #[test]
    fn listing_is_limited_to_the_folders() {
        let policy = role_policy(&manifest());
        assert_eq!(
            statement(&policy, "ListBucket1")["Condition"],
            json!({"StringLike": {"s3:prefix": ["staging/", "staging/*", "warehouse/", "warehouse/*"]}})
        );
        assert_eq!(statement(&policy, "ListBucket2")["Resource"], json!(["arn:aws:s3:::archive"]));
        assert_eq!(
            statement(&policy, "ReadSources")["Resource"],
            json!(["arn:aws:s3:::123456789012-spotify-dev/staging/*", "arn:aws:s3:::archive/2023/*"])
        );
    }

    #[test]
    fn the_catalog_is_this_database_alone() {
        let declared = statement(&role_policy(&manifest()), "Catalog");
        let base = "arn:aws:glue:us-east-1:123456789012";
        let expected = ["catalog", "database/spotify_dev", "table/spotify_dev/hits", "table/spotify_dev/artists"];
        assert_eq!(declared["Resource"], json!(expected.map(|r| format!("{base}:{r}"))));
        assert!(!declared["Action"].as_array().unwrap().contains(&json!("glue:CreateTable")));

        let mut inferred = manifest();
        inferred.crawler.tables = CatalogMode::Inferred;
        inferred.crawler.table_prefix.value = "raw_".into();
        let inferred = statement(&role_policy(&inferred), "Catalog");
        assert_eq!(inferred["Resource"][2], json!(format!("{base}:table/spotify_dev/raw_*")));
        assert!(inferred["Action"].as_array().unwrap().contains(&json!("glue:CreateTable")));
    }

    #[test]
    fn keys_of_the_storage_are_used_and_no_others() {
        let mut manifest = manifest();
        let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
        manifest.storage.warehouse.kms_key = Some(crate::manifest::spanned::Spanned::unplaced(key.into()));
        let allowed = statement(&role_policy(&manifest), "WriteWithKeys");
        assert_eq!(allowed["Resource"], json!([key]));
        assert_eq!(statement(&role_policy(&crate::services::testing::manifest()), "WriteWithKeys"), Value::Null);
    }

    #[test]
    fn only_glue_of_this_account_assumes_it() {
        let trust = &wanted("iam_role.spotify-dev-glue-us-east-1").fields["trust_policy"];
        assert_eq!(
            trust["Statement"][0]["Condition"],
            json!({"StringEquals": {"aws:SourceAccount": ["123456789012"]}})
        );
        assert_eq!(trust["Statement"][0]["Principal"], json!({"Service": ["glue.amazonaws.com"]}));
    }
}
