//! The fields of each kind. Adding a field here makes it compared, shown, applied and tested.

use super::address::Kind;
use super::field::Shape::{Json, List, Map, Policy, Scalar, Set, Text};
use super::field::Spec;
use super::listed;

const TAGS: Spec = Spec::new("tags", Map, "{}").listed_in(listed::TAGS);
// ARN of a user, group or namespace -> "owner", "viewer", or, live only, a sorted list of actions that is neither. The list
// of those that are ours is kept in a tag.
const PERMISSIONS: Spec = Spec::new("permissions", Map, "{}").listed_in(listed::TAGS);

const BUCKET: &[Spec] = &[
    TAGS,
    Spec::new("versioning", Scalar, "\"off\""), // off | enabled | suspended
    Spec::new("public_access_block", Scalar, "true"),
    Spec::new("encryption", Scalar, "\"AES256\""), // AES256 | aws:kms; live also aws:kms:dsse, none
    Spec::new("kms_key", Scalar, "null"),          // ARN of a key or alias
    Spec::new("bucket_key", Scalar, "false"),      // fewer calls to KMS; false without KMS
    Spec::new("object_ownership", Scalar, "\"BucketOwnerEnforced\""),
    Spec::new("policy", Policy, "null"), // our statements, told by Sid; those of others are left alone
    // Rule id -> {"prefix","status","transitions","expire_days",...}; null: there is to be none of this id.
    Spec::new("lifecycle", Map, "{}"),
];
const PREFIX: &[Spec] = &[Spec::new("metadata", Map, "{}")];
const OBJECT: &[Spec] = &[
    Spec::new("content", Text, "\"\""), // live: the object's text, fetched only when its checksum differs
    Spec::new("content_type", Scalar, "\"text/plain\""),
    Spec::new("metadata", Map, "{}"),
];
const ROLE: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("trust_policy", Policy, "null"),
    Spec::new("inline_policy", Policy, "null"),
    Spec::new("permissions_boundary", Scalar, "null"),
    TAGS,
];
const GROUP: &[Spec] = &[Spec::new("inline_policy", Policy, "null")];
const USER: &[Spec] = &[
    Spec::new("groups", Map, "{}"), // name -> "member"; null: not a member
    Spec::new("permissions_boundary", Scalar, "null"),
    TAGS,
];
const DATABASE: &[Spec] = &[Spec::new("description", Scalar, "\"\""), TAGS];
const TABLE: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("columns", List, "[]"), // [{"name","type","comment"}]
    // The same. Partitions that are registered keep the keys and places they were registered with, so a change of either
    // makes the catalog's table anew (its files stay; the next crawl registers them).
    Spec::new("partition_keys", List, "[]").replaces(),
    Spec::new("location", Scalar, "null").replaces(),
    Spec::new("format", Scalar, "\"parquet\""), // stands for input format, output format and SerDe
    Spec::new("parameters", Map, "{}"),
];
const JOB: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("role", Scalar, "null"), // ARN
    Spec::new("script_location", Scalar, "null"),
    Spec::new("glue_version", Scalar, "\"5.0\""),
    Spec::new("worker_type", Scalar, "\"G.1X\""),
    Spec::new("workers", Scalar, "2"),
    Spec::new("timeout_minutes", Scalar, "60"),
    Spec::new("max_retries", Scalar, "0"),
    Spec::new("max_concurrent_runs", Scalar, "1"),
    Spec::new("connections", Set, "[]"), // names
    Spec::new("security_configuration", Scalar, "null"),
    Spec::new("arguments", Map, "{}").listed_in(listed::ARGUMENTS),
    TAGS,
];
const CRAWLER: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("role", Scalar, "null"),
    Spec::new("database", Scalar, "null"),
    Spec::new("table_prefix", Scalar, "\"\""),
    Spec::new("s3_targets", List, "[]"),      // [{"path","exclusions"}]
    Spec::new("catalog_targets", List, "[]"), // [{"database","tables"}]
    Spec::new("schedule", Scalar, "null"),
    Spec::new("recrawl", Scalar, "\"CRAWL_EVERYTHING\""),
    Spec::new("update_behavior", Scalar, "\"UPDATE_IN_DATABASE\""),
    Spec::new("delete_behavior", Scalar, "\"LOG\""),
    Spec::new("configuration", Json, "null"),
    TAGS,
];
const WORKFLOW: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("max_concurrent_runs", Scalar, "1"), // 0: as many as are started
    TAGS,
];
const TRIGGER: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("type", Scalar, "null").replaces(), // SCHEDULED | CONDITIONAL
    Spec::new("workflow", Scalar, "null").replaces(),
    Spec::new("schedule", Scalar, "null"),
    Spec::new("state", Scalar, "\"ACTIVATED\""), // ACTIVATED | DEACTIVATED
    Spec::new("predicate", Json, "null"),        // {"conditions":[{"job","state"}]}
    Spec::new("actions", List, "[]"),            // [{"job","arguments"?} or {"crawler"}]
    TAGS,
];
const WORKGROUP: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("output_location", Scalar, "null"),
    Spec::new("enforce", Scalar, "true"),
    Spec::new("encryption", Scalar, "\"SSE_S3\""), // SSE_S3 | SSE_KMS; live also CSE_KMS, none
    Spec::new("kms_key", Scalar, "null"),          // ARN of a key or alias
    Spec::new("bytes_scanned_cutoff", Scalar, "null"),
    Spec::new("publish_metrics", Scalar, "true"),
    Spec::new("engine_version", Scalar, "\"Athena engine version 3\""),
    TAGS,
];
const QUERY: &[Spec] = &[
    Spec::new("description", Scalar, "\"\""),
    Spec::new("database", Scalar, "null").replaces(),
    Spec::new("workgroup", Scalar, "null").replaces(),
    Spec::new("sql", Text, "\"\""),
];
const DATA_SOURCE: &[Spec] = &[
    Spec::new("name", Scalar, "\"\""),
    Spec::new("workgroup", Scalar, "null"), // live: null when QuickSight could not connect
    Spec::new("role_arn", Scalar, "null"),
    PERMISSIONS,
    TAGS,
];
const DATA_SET: &[Spec] = &[
    Spec::new("name", Scalar, "\"\""),
    Spec::new("import_mode", Scalar, "\"SPICE\""), // SPICE | DIRECT_QUERY
    Spec::new("data_source", Scalar, "null"),      // ARN
    Spec::new("table", Json, "null"),              // {"catalog","database","table"}
    Spec::new("sql", Text, "\"\""),                // when it is not over a table
    Spec::new("columns", List, "[]"), // [{"name","type","sub_type"?,"cast"?,"description"?}], QuickSight's types
    Spec::new("calculated_fields", Json, "{}"), // name -> expression in QuickSight's language
    PERMISSIONS,
    TAGS,
];
const REFRESH_SCHEDULE: &[Spec] = &[
    Spec::new("frequency", Scalar, "null"),   // HOURLY | DAILY | WEEKLY
    Spec::new("time_of_day", Scalar, "null"), // HH:MM; null when hourly
    Spec::new("day_of_week", Scalar, "null"), // MONDAY; weekly only
    Spec::new("timezone", Scalar, "\"UTC\""),
    Spec::new("refresh_type", Scalar, "\"FULL_REFRESH\""),
];
const DASHBOARD: &[Spec] = &[
    Spec::new("name", Scalar, "\"\""),
    Spec::new("description", Scalar, "\"\""), // of the published version
    Spec::new("theme", Scalar, "null"),       // ARN
    Spec::new("definition", Json, "null"),    // normal form; live: null when QuickSight could not make it
    PERMISSIONS,
    TAGS,
];

/// The managed fields of a kind, in the order plans show them.
pub fn specs(kind: Kind) -> &'static [Spec] {
    match kind {
        Kind::S3Bucket => BUCKET,
        Kind::S3Prefix => PREFIX,
        Kind::S3Object => OBJECT,
        Kind::IamRole => ROLE,
        Kind::IamGroup => GROUP,
        Kind::IamUser => USER,
        Kind::GlueDatabase => DATABASE,
        Kind::GlueTable => TABLE,
        Kind::GlueJob => JOB,
        Kind::GlueCrawler => CRAWLER,
        Kind::GlueWorkflow => WORKFLOW,
        Kind::GlueTrigger => TRIGGER,
        Kind::AthenaWorkgroup => WORKGROUP,
        Kind::AthenaNamedQuery => QUERY,
        Kind::QuicksightDataSource => DATA_SOURCE,
        Kind::QuicksightDataSet => DATA_SET,
        Kind::QuicksightRefreshSchedule => REFRESH_SCHEDULE,
        Kind::QuicksightDashboard => DASHBOARD,
    }
}

/// Whether things of kind `inner` live inside one of kind `outer` and go when it goes.
pub fn holds(outer: Kind, inner: Kind) -> bool {
    matches!(
        (outer, inner),
        (Kind::S3Bucket, Kind::S3Prefix | Kind::S3Object)
            | (Kind::GlueDatabase, Kind::GlueTable)
            | (Kind::GlueWorkflow, Kind::GlueTrigger)
            | (Kind::AthenaWorkgroup, Kind::AthenaNamedQuery)
            | (Kind::QuicksightDataSet, Kind::QuicksightRefreshSchedule)
    )
}

/// Deleting one of these deletes data that cannot be made again from the manifest.
pub fn deletion_destroys_data(kind: Kind) -> bool {
    matches!(kind, Kind::S3Bucket | Kind::S3Prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_defaults_are_json() {
        for kind in Kind::ALL {
            let mut names: Vec<_> = specs(kind).iter().map(|s| s.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), specs(kind).len(), "{kind}");
            for spec in specs(kind) {
                serde_json::from_str::<serde_json::Value>(spec.default)
                    .unwrap_or_else(|e| panic!("{kind}.{}: {e}", spec.name));
            }
        }
    }
}
