//! A bucket's settings: each a pair of calls, read together, written one by one.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketVersioningStatus, ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    Tag, Tagging, VersioningConfiguration,
};
use serde_json::{Value, json};

use super::bucket::SETTLING;
use super::{bucket_encryption, bucket_lifecycle, bucket_policy};
use crate::aws::retry::retry_while;
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Result};
use crate::resource::Fields;
use crate::services::fields;

/// The settings with the fields that each one's call writes, in the order in which they are written: marks first.
pub(super) const SETTINGS: &[(&str, &[&str])] = &[
    ("tags", &["tags"]),
    ("public_access_block", &["public_access_block"]),
    ("object_ownership", &["object_ownership"]),
    ("policy", &["policy"]),
    ("encryption", bucket_encryption::FIELDS),
    ("versioning", &["versioning"]),
    ("lifecycle", &["lifecycle"]),
];

/// All settings, as fields.
pub(super) async fn read(aws: &Session, bucket: &str) -> Result<Fields> {
    let (tags, versioning, block, encryption, ownership, policy, lifecycle) = tokio::try_join!(
        read_tags(aws, bucket),
        read_versioning(aws, bucket),
        read_public_access_block(aws, bucket),
        bucket_encryption::read(aws, bucket),
        read_ownership(aws, bucket),
        bucket_policy::read(aws, bucket),
        bucket_lifecycle::read(aws, bucket),
    )?;
    let mut live = Fields::from([
        ("tags".to_owned(), fields::object(&tags)),
        ("versioning".to_owned(), versioning),
        ("public_access_block".to_owned(), block),
        ("object_ownership".to_owned(), ownership),
        ("policy".to_owned(), policy),
        ("lifecycle".to_owned(), lifecycle),
    ]);
    live.extend(encryption);
    Ok(live)
}

/// Makes one setting as wanted; `live` is `None` of a bucket that we have just made, which has nobody else's settings.
pub(super) async fn write(
    aws: &Session,
    bucket: &str,
    setting: &str,
    live: Option<&Fields>,
    want: &Fields,
) -> Result<()> {
    retry_while(SETTLING, || async {
        match setting {
            "tags" => write_tags(aws, bucket, fields::merged(live.unwrap_or(&Fields::new()), want, "tags")).await,
            "versioning" => write_versioning(aws, bucket, live, want).await,
            "public_access_block" => write_public_access_block(aws, bucket, want).await,
            "encryption" => bucket_encryption::write(aws, bucket, live.is_none(), want).await,
            "object_ownership" => write_ownership(aws, bucket, want).await,
            "policy" => bucket_policy::write(aws, bucket, live.is_none(), want).await,
            "lifecycle" => bucket_lifecycle::write(aws, bucket, live.is_none(), want).await,
            other => Err(Error::bug(format!("a bucket has no setting `{other}`"))),
        }
    })
    .await
}

/// Tags in the SDK's form, without AWS's own, which nobody may set.
pub(super) fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.iter()
        .filter(|(key, _)| !key.starts_with("aws:"))
        .map(|(key, value)| Tag::builder().key(key).value(value).build().map_err(unbuildable))
        .collect()
}

/// A request that the SDK's builders refuse is a fault of ours.
pub(super) fn unbuildable(error: impl std::fmt::Display) -> Error {
    Error::bug(format!("a request to S3 cannot be built: {error}"))
}

async fn read_tags(aws: &Session, bucket: &str) -> Result<BTreeMap<String, String>> {
    let got = aws.s3.get_bucket_tagging().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    let got = absent(got.call("s3:GetBucketTagging"), &["NoSuchTagSet"])?;
    let tags = got.iter().flat_map(|answer| answer.tag_set());
    Ok(tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

/// The call writes all tags at once.
async fn write_tags(aws: &Session, bucket: &str, tags: BTreeMap<String, String>) -> Result<()> {
    let tagging = Tagging::builder().set_tag_set(Some(sdk_tags(&tags)?)).build().map_err(unbuildable)?;
    let put = aws.s3.put_bucket_tagging().bucket(bucket).tagging(tagging).expected_bucket_owner(&aws.account);
    put.send().await.call("s3:PutBucketTagging").map(drop)
}

async fn read_versioning(aws: &Session, bucket: &str) -> Result<Value> {
    let got = aws.s3.get_bucket_versioning().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    Ok(json!(match got.call("s3:GetBucketVersioning")?.status() {
        Some(BucketVersioningStatus::Enabled) => "enabled",
        Some(BucketVersioningStatus::Suspended) => "suspended",
        _ => "off",
    }))
}

/// Versioning that was never on needs no word to stay off; once on, it can only be suspended.
async fn write_versioning(aws: &Session, bucket: &str, live: Option<&Fields>, want: &Fields) -> Result<()> {
    let off = |fields: &Fields| fields::text(fields, "versioning").unwrap_or("off") == "off";
    if live.is_none_or(off) && off(want) {
        return Ok(());
    }
    let status = match fields::text(want, "versioning") {
        Some("enabled") => BucketVersioningStatus::Enabled,
        _ => BucketVersioningStatus::Suspended,
    };
    let configuration = VersioningConfiguration::builder().status(status).build();
    let put = aws.s3.put_bucket_versioning().bucket(bucket).versioning_configuration(configuration);
    put.expected_bucket_owner(&aws.account).send().await.call("s3:PutBucketVersioning").map(drop)
}

async fn read_public_access_block(aws: &Session, bucket: &str) -> Result<Value> {
    let got = aws.s3.get_public_access_block().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    let got = absent(got.call("s3:GetBucketPublicAccessBlock"), &["NoSuchPublicAccessBlockConfiguration"])?;
    let all = got.as_ref().and_then(|answer| answer.public_access_block_configuration()).is_some_and(|block| {
        [
            block.block_public_acls(),
            block.ignore_public_acls(),
            block.block_public_policy(),
            block.restrict_public_buckets(),
        ]
        .into_iter()
        .all(|part| part == Some(true))
    });
    Ok(json!(all))
}

async fn write_public_access_block(aws: &Session, bucket: &str, want: &Fields) -> Result<()> {
    let on = fields::flag(want, "public_access_block").unwrap_or(true);
    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(on)
        .ignore_public_acls(on)
        .block_public_policy(on)
        .restrict_public_buckets(on)
        .build();
    let put = aws.s3.put_public_access_block().bucket(bucket).public_access_block_configuration(block);
    put.expected_bucket_owner(&aws.account).send().await.call("s3:PutBucketPublicAccessBlock").map(drop)
}

async fn read_ownership(aws: &Session, bucket: &str) -> Result<Value> {
    let got = aws.s3.get_bucket_ownership_controls().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    let got = absent(got.call("s3:GetBucketOwnershipControls"), &["OwnershipControlsNotFoundError"])?;
    let rule =
        got.as_ref().and_then(|answer| answer.ownership_controls()).and_then(|controls| controls.rules().first());
    // A bucket without controls behaves as ObjectWriter.
    Ok(json!(rule.map_or("ObjectWriter", |rule| rule.object_ownership().as_str())))
}

async fn write_ownership(aws: &Session, bucket: &str, want: &Fields) -> Result<()> {
    let ownership = ObjectOwnership::from(fields::text(want, "object_ownership").unwrap_or("BucketOwnerEnforced"));
    let rule = OwnershipControlsRule::builder().object_ownership(ownership).build().map_err(unbuildable)?;
    let controls = OwnershipControls::builder().rules(rule).build().map_err(unbuildable)?;
    let put = aws.s3.put_bucket_ownership_controls().bucket(bucket).ownership_controls(controls);
    put.expected_bucket_owner(&aws.account).send().await.call("s3:PutBucketOwnershipControls").map(drop)
}
