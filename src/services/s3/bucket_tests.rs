use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::services::testing::{manifest, owner, wanted};

const NAME: &str = "s3_bucket.123456789012-spotify-dev";

fn tagging(tags: &[(&str, &str)]) -> Reply {
    let tags: String = tags.iter().map(|(k, v)| format!("<Tag><Key>{k}</Key><Value>{v}</Value></Tag>")).collect();
    Reply::new(200, format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
}

#[test]
fn one_bucket_for_places_that_share_it() {
    let mut manifest = manifest();
    manifest.storage.warehouse.uri.value = "s3://lake/w/".into();
    manifest.storage.warehouse.existing = true;
    manifest.storage.staging.versioning = true;
    let all = crate::services::testing::desired(&manifest).unwrap();
    let buckets: Vec<_> = all.iter().filter(|r| r.address.kind == Kind::S3Bucket).collect();
    let shown: Vec<_> =
        buckets.iter().map(|b| (b.address.name.as_str(), b.existing, b.fields.get("versioning"))).collect();
    assert_eq!(shown, [("123456789012-spotify-dev", false, Some(&json!("enabled"))), ("lake", true, None)]);
}

#[test]
fn us_east_1_is_not_named() {
    assert_eq!(configuration("us-east-1", Vec::new()).location_constraint(), None);
    let elsewhere = configuration("eu-west-1", Vec::new());
    assert_eq!(elsewhere.location_constraint().map(BucketLocationConstraint::as_str), Some("eu-west-1"));
}

#[tokio::test]
async fn a_bucket_of_another_account_is_an_error_and_never_written() {
    let server = Canned::start(vec![Reply::new(403, "")]).await;
    let error = Bucket.create(&session(&server), &wanted(NAME)).await.unwrap_err();
    assert_eq!(error.code(), "bucket-taken");
    assert_eq!(server.asked()[0].header("x-amz-expected-bucket-owner"), Some("123456789012"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_name_that_somebody_took_says_so() {
    let refusal = Reply::s3_error(409, "BucketAlreadyExists", "The requested bucket name is not available");
    let server = Canned::start(vec![Reply::new(404, ""), refusal]).await;
    let error = Bucket.create(&session(&server), &wanted(NAME)).await.unwrap_err();
    assert_eq!(error.code(), "bucket-taken");
}

/// In us-east-1 CreateBucket would answer 200 for a bucket that the account has: a silent adoption.
#[tokio::test]
async fn a_namesake_in_the_account_is_not_adopted_silently() {
    let mut replies = vec![Reply::new(200, ""), Reply::new(200, "")];
    replies.extend(settings_of("", &tagging(&[])));
    let server = Canned::start(replies).await;
    let error = Bucket.create(&session(&server), &wanted(NAME)).await.unwrap_err();
    assert_eq!(error.code(), "stranger");
    assert!(error.help().unwrap().contains("--adopt s3_bucket.123456789012-spotify-dev"));
    assert!(server.asked().iter().all(|a| a.method != "PUT"), "{:?}", server.operations());
}

#[tokio::test]
async fn a_new_bucket_carries_its_marks_from_the_first_call() {
    let mut replies = vec![Reply::new(404, ""), Reply::s3_error(409, "OperationAborted", "A conflicting operation")];
    replies.extend(std::iter::repeat_n(Reply::new(200, ""), 6));
    let server = Canned::start(replies).await;
    Bucket.create(&session(&server), &wanted(NAME)).await.unwrap();
    let asked = server.asked();
    let made = &asked[2];
    assert!(made.body.contains("<Key>pipectl:pipeline</Key><Value>spotify</Value>"), "{}", made.body);
    assert!(!made.body.contains("LocationConstraint"), "{}", made.body);
    let settings: Vec<_> = asked[3..].iter().map(|a| a.path.split('?').nth(1).unwrap_or_default()).collect();
    assert_eq!(settings, ["tagging", "publicAccessBlock", "ownershipControls", "policy", "encryption"]);
    assert!(asked[3..].iter().all(|a| a.header("x-amz-expected-bucket-owner").is_some()));
}

#[tokio::test]
async fn foreign_tags_survive_an_update() {
    let server = Canned::start(vec![Reply::new(200, "")]).await;
    let want = wanted(NAME);
    let mut live = want.clone();
    live.fields
        .insert("tags".into(), json!({"cost-centre": "42", "team": "old", "aws:cloudformation:stack-name": "x"}));
    Bucket.update(&session(&server), &live, &want, &["tags.team".into()]).await.unwrap();
    let body = &server.asked()[0].body;
    assert!(body.contains("<Key>cost-centre</Key><Value>42</Value>"), "{body}");
    assert!(body.contains("<Key>team</Key><Value>analytics</Value>"), "{body}");
    assert!(!body.contains("aws:"), "AWS's own tags cannot be set: {body}");
}

#[tokio::test]
async fn suspended_is_as_off_as_versioning_gets() {
    let want = wanted(NAME);
    let mut replies = vec![Reply::new(200, "")];
    replies.extend(settings_of("<Status>Suspended</Status>", &tagging(&[])));
    let server = Canned::start(replies).await;
    let live = Bucket.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
    assert_eq!(live.resource.fields["versioning"], json!("off"));
    assert!(matches!(live.ownership, Ownership::Strangers(_)));
}

#[tokio::test]
async fn a_bucket_of_ours_reads_as_wanted() {
    let want = wanted(NAME);
    let list = crate::resource::listed::list(["team"]).unwrap();
    let marks = [("pipectl:pipeline", "spotify"), ("pipectl:environment", "dev"), ("team", "analytics")];
    let marks = [&marks[..], &[("pipectl:keys", list.as_str())]].concat();
    let mut replies = vec![Reply::new(200, "")];
    replies.extend(settings_of("", &tagging(&marks)));
    let server = Canned::start(replies).await;
    let live = Bucket.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
    assert_eq!(live.ownership, Ownership::Ours);
    assert_eq!(crate::plan::diff::diff(Kind::S3Bucket, &live.resource.fields, &want.fields), []);
}

#[tokio::test]
async fn settings_that_were_never_made_show_as_such() {
    let want = wanted(NAME);
    let none = |what: &str, code: &str| Reply::s3_error(404, code, "none").only_for(what);
    let server = Canned::start(vec![
        Reply::new(200, "").only_for("HEAD"),
        none("?tagging", "NoSuchTagSet"),
        none("?publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        none("?encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        none("?ownershipControls", "OwnershipControlsNotFoundError"),
        none("?policy", "NoSuchBucketPolicy"),
        none("?lifecycle", "NoSuchLifecycleConfiguration"),
        Reply::new(200, "<VersioningConfiguration/>").only_for("?versioning"),
    ])
    .await;
    let live = Bucket.read(&session(&server), &owner(), &want).await.unwrap().unwrap().resource.fields;
    let shown = ["public_access_block", "encryption", "object_ownership", "versioning", "policy", "lifecycle"];
    assert_eq!(json!(shown.map(|name| &live[name])), json!([false, "none", "ObjectWriter", "off", null, {}]));
}

/// The settings, which are read together: as we make them, but for versioning and tags.
fn settings_of(versioning: &str, tagging: &Reply) -> Vec<Reply> {
    let block = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
        .map(|part| format!("<{part}>true</{part}>"))
        .concat();
    let reply =
        |what: &str, root: &str, inside: &str| Reply::new(200, format!("<{root}>{inside}</{root}>")).only_for(what);
    vec![
        tagging.clone().only_for("?tagging"),
        reply("?versioning", "VersioningConfiguration", versioning),
        reply("?publicAccessBlock", "PublicAccessBlockConfiguration", &block),
        reply(
            "?encryption",
            "ServerSideEncryptionConfiguration",
            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>",
        ),
        reply(
            "?ownershipControls",
            "OwnershipControls",
            "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>",
        ),
        Reply::new(200, wanted(NAME).fields["policy"].to_string()).only_for("?policy"),
        Reply::s3_error(404, "NoSuchLifecycleConfiguration", "none").only_for("?lifecycle"),
    ]
}
