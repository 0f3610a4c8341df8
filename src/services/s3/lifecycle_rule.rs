//! A lifecycle rule between S3's form and ours.
//!
//! Ours is JSON: `{"prefix", "status", "transitions": {"GLACIER_IR": 90}, "expire_days", "expire_noncurrent_days",
//! "abort_uploads_days", "also"}`; what a rule does not do is left out. `also` names what somebody put into a rule that the
//! manifest cannot say, so that it shows as a difference.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration, Transition, TransitionStorageClass,
};
use serde_json::{Map, Value, json};

use super::bucket_settings::unbuildable;
use crate::error::Result;
use crate::manifest::model::Lifecycle;

/// The rule that the manifest asks for.
pub(super) fn wanted(prefix: &str, lifecycle: &Lifecycle) -> Value {
    let transitions = lifecycle.transitions.iter().map(|(class, days)| (class.s3_name().to_owned(), json!(**days)));
    let days = |days: &Option<crate::manifest::spanned::Spanned<u32>>| json!(days.as_ref().map(|days| **days));
    entry(
        prefix,
        "Enabled",
        transitions.collect(),
        [days(&lifecycle.expire), days(&lifecycle.expire_noncurrent), days(&lifecycle.abort_uploads)],
        &[],
    )
}

fn entry(prefix: &str, status: &str, transitions: Map<String, Value>, days: [Value; 3], also: &[&str]) -> Value {
    let [expire, noncurrent, abort] = days;
    let mut entry = Map::from_iter([("prefix".to_owned(), json!(prefix)), ("status".to_owned(), json!(status))]);
    if !transitions.is_empty() {
        entry.insert("transitions".to_owned(), transitions.into());
    }
    for (name, days) in [("expire_days", expire), ("expire_noncurrent_days", noncurrent), ("abort_uploads_days", abort)]
    {
        if !days.is_null() {
            entry.insert(name.to_owned(), days);
        }
    }
    if !also.is_empty() {
        entry.insert("also".to_owned(), json!(also));
    }
    entry.into()
}

/// A live rule in our form.
pub(super) fn of_live(rule: &LifecycleRule) -> Value {
    let filter = rule.filter();
    let and = filter.and_then(|filter| filter.and());
    // Rules made before there were filters say their prefix themselves.
    #[allow(deprecated, reason = "old rules come back in the old form")]
    let old = rule.prefix();
    let prefix = filter.and_then(|filter| filter.prefix()).or(and.and_then(|and| and.prefix())).or(old);
    let expiration = rule.expiration();
    let noncurrent = rule.noncurrent_version_expiration();
    let mut also = Vec::new();
    let mut has = |what: &'static str, there: bool| {
        if there {
            also.push(what);
        }
    };
    has("tags", filter.is_some_and(|f| f.tag().is_some()) || and.is_some_and(|and| !and.tags().is_empty()));
    let sized = |least: Option<i64>, most: Option<i64>| least.is_some() || most.is_some();
    has(
        "sizes",
        filter.is_some_and(|f| sized(f.object_size_greater_than(), f.object_size_less_than()))
            || and.is_some_and(|and| sized(and.object_size_greater_than(), and.object_size_less_than())),
    );
    has(
        "dates",
        expiration.is_some_and(|e| e.date().is_some()) || rule.transitions().iter().any(|t| t.date().is_some()),
    );
    has("delete markers", expiration.and_then(|e| e.expired_object_delete_marker()) == Some(true));
    has("transitions of old versions", !rule.noncurrent_version_transitions().is_empty());
    has("a number of old versions", noncurrent.is_some_and(|n| n.newer_noncurrent_versions().is_some()));
    let transitions = rule.transitions().iter().filter_map(|transition| {
        let class = transition.storage_class()?.as_str().to_owned();
        Some((class, json!(transition.days()?)))
    });
    entry(
        prefix.unwrap_or_default(),
        rule.status().as_str(),
        transitions.collect(),
        [
            json!(expiration.and_then(|e| e.days())),
            json!(noncurrent.and_then(|n| n.noncurrent_days())),
            json!(rule.abort_incomplete_multipart_upload().and_then(|abort| abort.days_after_initiation())),
        ],
        &also,
    )
}

/// A rule of ours in S3's form.
pub(super) fn to_sdk(id: &str, entry: &Value) -> Result<LifecycleRule> {
    let days = |value: &Value| value.as_i64().and_then(|days| i32::try_from(days).ok());
    let mut rule = LifecycleRule::builder()
        .id(id)
        .status(ExpirationStatus::from(entry["status"].as_str().unwrap_or("Enabled")))
        .filter(LifecycleRuleFilter::builder().prefix(entry["prefix"].as_str().unwrap_or_default()).build());
    for (class, age) in entry["transitions"].as_object().into_iter().flatten() {
        let class = TransitionStorageClass::from(class.as_str());
        rule = rule.transitions(Transition::builder().storage_class(class).set_days(days(age)).build());
    }
    if let Some(age) = days(&entry["expire_days"]) {
        rule = rule.expiration(LifecycleExpiration::builder().days(age).build());
    }
    if let Some(age) = days(&entry["expire_noncurrent_days"]) {
        rule = rule.noncurrent_version_expiration(NoncurrentVersionExpiration::builder().noncurrent_days(age).build());
    }
    if let Some(age) = days(&entry["abort_uploads_days"]) {
        let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(age).build();
        rule = rule.abort_incomplete_multipart_upload(abort);
    }
    rule.build().map_err(unbuildable)
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{LifecycleRuleAndOperator, Tag};

    use super::*;
    use crate::manifest::model::StorageClass;
    use crate::manifest::spanned::Spanned;

    fn full() -> Lifecycle {
        let days = |days: u32| Spanned::unplaced(days);
        Lifecycle {
            transitions: vec![(StorageClass::StandardIa, days(30)), (StorageClass::GlacierIr, days(90))],
            expire: Some(days(365)),
            expire_noncurrent: Some(days(7)),
            abort_uploads: Some(days(2)),
        }
    }

    #[test]
    fn rules_round_trip() {
        for lifecycle in [full(), Lifecycle { expire: full().expire, ..Lifecycle::default() }] {
            let want = wanted("staging/", &lifecycle);
            assert_eq!(of_live(&to_sdk("x", &want).unwrap()), want);
        }
        assert_eq!(
            wanted("staging/", &full()),
            json!({"prefix": "staging/", "status": "Enabled", "transitions": {"STANDARD_IA": 30, "GLACIER_IR": 90},
                "expire_days": 365, "expire_noncurrent_days": 7, "abort_uploads_days": 2})
        );
    }

    #[test]
    fn what_cannot_be_said_shows() {
        let mut rule = to_sdk("x", &wanted("staging/", &full())).unwrap();
        let tag = Tag::builder().key("k").value("v").build().unwrap();
        let and = LifecycleRuleAndOperator::builder().prefix("staging/").tags(tag).object_size_less_than(9).build();
        rule.filter = Some(LifecycleRuleFilter::builder().and(and).build());
        let live = of_live(&rule);
        assert_eq!((&live["prefix"], &live["also"]), (&json!("staging/"), &json!(["tags", "sizes"])));
    }

    #[test]
    #[allow(deprecated, reason = "old rules come back in the old form")]
    fn rules_of_the_old_form_are_read() {
        let rule = LifecycleRule::builder().prefix("logs/").status(ExpirationStatus::Disabled).build().unwrap();
        assert_eq!(of_live(&rule), json!({"prefix": "logs/", "status": "Disabled"}));
    }
}
