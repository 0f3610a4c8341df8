//! Buckets against the local cloud: keys, and what lies in one document with what is somebody else's.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
};
use pipectl::manifest::model::Lifecycle;
use pipectl::manifest::spanned::Spanned;
use pipectl::plan::diff::{diff, names};
use pipectl::resource::{Kind, Resource};
use serde_json::{Value, json};

use crate::convergence::{Bench, KMS_KEY, flagship, together};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buckets_and_their_results_take_a_key_and_give_it_back() {
    let bench = Bench::start().await;
    let mut manifest = flagship();
    let plain = bench.desired(&manifest);
    let storage = &mut manifest.storage;
    for place in [&mut storage.staging, &mut storage.warehouse, &mut storage.results] {
        place.kms_key = Some(Spanned::unplaced(KMS_KEY.into()));
    }
    let keyed = bench.desired(&manifest);
    bench.create_all(&plain).await;
    let of = |all: &[Resource], kind: Kind| all.iter().find(|r| r.address.kind == kind).cloned().unwrap();
    let both = |kind: Kind| (of(&plain, kind), of(&keyed, kind));
    let (from, to) = both(Kind::S3Bucket);
    together(&bench, &from, &to, &["encryption", "kms_key", "bucket_key"]).await;
    let (from, workgroup) = both(Kind::AthenaWorkgroup);
    together(&bench, &from, &workgroup, &["encryption", "kms_key"]).await;
    let (from, role) = both(Kind::IamRole);
    together(&bench, &from, &role, &["inline_policy"]).await;

    // Each of the three alone, on a bucket that has a key.
    bench.update(&to, "encryption").await;
    let other = KMS_KEY.replace("1234abcd", "5678abcd");
    for (field, value) in [("bucket_key", json!(false)), ("kms_key", json!(other))] {
        let mut changed = to.clone();
        changed.fields.insert(field.to_owned(), value);
        bench.update(&changed, field).await;
        let live = bench.read(&to).await.unwrap().resource;
        let told = diff(Kind::S3Bucket, &live.fields, &to.fields);
        assert_eq!(names(Kind::S3Bucket, &told), [field], "{told:#?}");
        bench.update(&to, field).await;
        bench.assert_equal(&to).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_and_statements_of_others_survive_ours() {
    let bench = Bench::start().await;
    let mut manifest = flagship();
    let plain = bench.desired(&manifest)[0].clone();
    let days = |days: u32| Some(Spanned::unplaced(days));
    let lifecycle = Lifecycle { expire: days(30), abort_uploads: days(7), ..Lifecycle::default() };
    manifest.storage.lifecycle.results = Some(Spanned::unplaced(lifecycle));
    let with_rule = bench.desired(&manifest)[0].clone();
    bench.create(&with_rule).await;
    bench.assert_equal(&with_rule).await;

    let (s3, bucket) = (&bench.cloud.session.s3, &plain.address.name);
    let kept = NoncurrentVersionExpiration::builder().noncurrent_days(5).newer_noncurrent_versions(2).build();
    let theirs = LifecycleRule::builder()
        .id("theirs")
        .status("Disabled".into())
        .filter(LifecycleRuleFilter::builder().object_size_greater_than(7).build())
        .noncurrent_version_expiration(kept)
        .build()
        .unwrap();
    let rules =
        || async { s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap().rules.unwrap() };
    let all = [rules().await, vec![theirs.clone()]].concat();
    let all = BucketLifecycleConfiguration::builder().set_rules(Some(all)).build().unwrap();
    s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(all).send().await.unwrap();
    let policy = || async {
        let text = s3.get_bucket_policy().bucket(bucket).send().await.unwrap().policy.unwrap();
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let mut shared = policy().await;
    let statement = json!({"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket",
        "Resource": format!("arn:aws:s3:::{bucket}")});
    shared["Statement"].as_array_mut().unwrap().push(statement.clone());
    s3.put_bucket_policy().bucket(bucket).policy(shared.to_string()).send().await.unwrap();

    // Theirs are no difference, and stay when ours go and come.
    bench.assert_equal(&with_rule).await;
    let mut bare = plain.clone();
    bare.fields.insert("policy".into(), Value::Null);
    for (want, ids, sids) in [
        (&plain, vec!["theirs"], vec!["Theirs", "PipectlTlsOnly", "PipectlOwnerOnly"]),
        (&bare, vec!["theirs"], vec!["Theirs"]),
        (&with_rule, vec!["theirs", "pipectl-results"], vec!["Theirs", "PipectlTlsOnly", "PipectlOwnerOnly"]),
    ] {
        bench.update(want, "lifecycle").await;
        bench.update(want, "policy").await;
        bench.assert_equal(want).await;
        let rules = rules().await;
        assert_eq!(rules.iter().map(|rule| rule.id().unwrap()).collect::<Vec<_>>(), ids);
        assert_eq!(rules[0], theirs);
        let policy = policy().await;
        let found = policy["Statement"].as_array().unwrap();
        assert_eq!(found.iter().map(|s| s["Sid"].as_str().unwrap()).collect::<Vec<_>>(), sids);
        assert_eq!(found[0], statement);
    }
}
