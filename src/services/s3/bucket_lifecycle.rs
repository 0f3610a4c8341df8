//! A bucket's lifecycle rules: one a place, told by its id; the rules of others stay.

use std::collections::HashSet;

use aws_sdk_s3::types::{BucketLifecycleConfiguration, LifecycleRule, TransitionDefaultMinimumObjectSize};
use serde_json::{Map, Value};

use super::bucket_settings::unbuildable;
use super::lifecycle_rule;
use crate::aws::{Call, Session, absent};
use crate::error::Result;
use crate::manifest::model::Storage;
use crate::resource::Fields;

/// What S3 answers for a bucket without rules.
const NONE: &[&str] = &["NoSuchLifecycleConfiguration"];

/// The rules for this bucket by id. The id of every place is there: null where there is to be no rule, so that one that was
/// wanted once goes.
pub(super) fn wanted(storage: &Storage, bucket: &str) -> Value {
    let rule = |(name, place, lifecycle): (&str, &crate::manifest::model::Place3, Option<_>)| {
        let lifecycle = lifecycle.filter(|_| place.bucket() == bucket);
        let rule = lifecycle.map_or(Value::Null, |lifecycle| lifecycle_rule::wanted(place.prefix(), lifecycle));
        (format!("pipectl-{name}"), rule)
    };
    Value::Object(storage.places().into_iter().map(rule).collect())
}

/// All rules by id, those of others in the same form.
pub(super) async fn read(aws: &Session, bucket: &str) -> Result<Value> {
    let (rules, _) = get(aws, bucket).await?;
    let entry = |rule: &LifecycleRule| (rule.id().unwrap_or_default().to_owned(), lifecycle_rule::of_live(rule));
    Ok(Value::Object(rules.iter().map(entry).collect()))
}

/// Writes the wanted rules among those of others. (The call replaces all rules, and the smallest size that is moved.)
pub(super) async fn write(aws: &Session, bucket: &str, is_new: bool, want: &Fields) -> Result<()> {
    let none = Map::new();
    let wanted = want.get("lifecycle").and_then(Value::as_object).unwrap_or(&none);
    let (mut rules, size) = if is_new { (Vec::new(), None) } else { get(aws, bucket).await? };
    let had_some = !rules.is_empty();
    let ours: HashSet<&str> = wanted.keys().map(String::as_str).collect();
    rules.retain(|rule| !rule.id().is_some_and(|id| ours.contains(id)));
    for (id, entry) in wanted.iter().filter(|(_, entry)| !entry.is_null()) {
        rules.push(lifecycle_rule::to_sdk(id, entry)?);
    }
    if rules.is_empty() {
        if had_some {
            let gone = aws.s3.delete_bucket_lifecycle().bucket(bucket).expected_bucket_owner(&aws.account);
            absent(gone.send().await.call("s3:PutLifecycleConfiguration"), NONE)?;
        }
        return Ok(());
    }
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().map_err(unbuildable)?;
    let put = aws.s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(configuration);
    let put = put.set_transition_default_minimum_object_size(size).expected_bucket_owner(&aws.account);
    put.send().await.call("s3:PutLifecycleConfiguration").map(drop)
}

type Rules = (Vec<LifecycleRule>, Option<TransitionDefaultMinimumObjectSize>);

async fn get(aws: &Session, bucket: &str) -> Result<Rules> {
    let got = aws.s3.get_bucket_lifecycle_configuration().bucket(bucket).expected_bucket_owner(&aws.account);
    let got = absent(got.send().await.call("s3:GetLifecycleConfiguration"), NONE)?;
    Ok(got.map_or_else(Default::default, |got| {
        (got.rules.unwrap_or_default(), got.transition_default_minimum_object_size)
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::manifest::model::Lifecycle;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::manifest;

    const THEIRS: &str = "<Rule><ID>theirs</ID><Status>Enabled</Status><Filter><And><Prefix>x/</Prefix>\
        <Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And></Filter>\
        <Transition><Date>2030-01-01T00:00:00Z</Date><StorageClass>GLACIER</StorageClass></Transition></Rule>";
    const OURS: &str = "<Rule><ID>pipectl-staging</ID><Status>Enabled</Status><Filter><Prefix>staging/</Prefix></Filter>\
        <Expiration><Days>9</Days></Expiration></Rule>";

    fn rules(rules: &[&str]) -> Reply {
        Reply::new(200, format!("<LifecycleConfiguration>{}</LifecycleConfiguration>", rules.concat()))
    }

    /// Results expire after 30 days, nothing else.
    fn want() -> Fields {
        let mut storage = manifest().storage;
        let lifecycle = Lifecycle { expire: Some(Spanned::unplaced(30)), ..Lifecycle::default() };
        storage.lifecycle.results = Some(Spanned::unplaced(lifecycle));
        Fields::from([("lifecycle".to_owned(), wanted(&storage, storage.results.bucket()))])
    }

    #[test]
    fn every_place_has_its_rule_or_none() {
        assert_eq!(
            want()["lifecycle"],
            json!({"pipectl-staging": null, "pipectl-warehouse": null,
                "pipectl-results": {"prefix": "athena-results/", "status": "Enabled", "expire_days": 30}})
        );
        let mut elsewhere = manifest().storage;
        elsewhere.lifecycle.results = Some(Spanned::unplaced(Lifecycle::default()));
        assert!(wanted(&elsewhere, "other").as_object().unwrap().values().all(Value::is_null));
    }

    #[tokio::test]
    async fn rules_of_others_stay_whole_and_ours_come_and_go() {
        let size = "varies_by_storage_class";
        let live = rules(&[THEIRS, OURS]).header("x-amz-transition-default-minimum-object-size", size);
        let server = Canned::start(vec![live, Reply::new(200, "")]).await;
        write(&session(&server), "b", false, &want()).await.unwrap();
        let put = &server.asked()[1];
        for kept in
            ["<Key>k</Key>", "<ObjectSizeGreaterThan>5<", "<Date>2030-01-01T00:00:00Z</Date>", "<ID>theirs</ID>"]
        {
            assert!(put.body.contains(kept), "{kept} is lost: {}", put.body);
        }
        assert!(!put.body.contains("pipectl-staging"), "{}", put.body);
        assert!(put.body.contains("<ID>pipectl-results</ID>") && put.body.contains("<Days>30</Days>"), "{}", put.body);
        assert_eq!(put.header("x-amz-transition-default-minimum-object-size"), Some(size));
    }

    #[tokio::test]
    async fn the_last_rule_takes_the_configuration_along() {
        let none = Fields::from([("lifecycle".to_owned(), wanted(&manifest().storage, "b"))]);
        let server = Canned::start(vec![rules(&[OURS]), Reply::new(204, "")]).await;
        write(&session(&server), "b", false, &none).await.unwrap();
        assert_eq!(server.asked()[1].method, "DELETE");
        let empty = Reply::s3_error(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
        let server = Canned::start(vec![empty.clone(), empty]).await;
        write(&session(&server), "b", false, &none).await.unwrap();
        assert_eq!(server.asked().len(), 1, "there is nothing to delete");
        assert_eq!(read(&session(&server), "b").await.unwrap(), json!({}));
    }
}
