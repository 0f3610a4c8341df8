//! `s3_bucket`: one for each distinct bucket of `storage`, private, encrypted, its objects ours alone.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Tag};
use serde_json::json;

use super::{bucket_delete, bucket_encryption, bucket_lifecycle, bucket_policy, bucket_settings as settings};
use crate::aws::retry::{BUCKET_NOT_READY, OPERATION_ABORTED, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::manifest::model::Place3;
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::layout::Layout;
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that buckets need.
pub const ACTIONS: &[&str] = &[
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
];

/// The region whose buckets are made without naming it.
const UNNAMED_REGION: &str = "us-east-1";

/// A bucket for each distinct one of `storage`; that of the results, which holds the lock, comes first.
pub fn desired(cx: &Context<'_>) -> Vec<Resource> {
    let storage = &cx.manifest.storage;
    let places = [&storage.results, &storage.staging, &storage.warehouse];
    let mut buckets: Vec<Resource> = Vec::new();
    for place in places {
        if !buckets.iter().any(|b| b.address.name == place.bucket()) {
            let same: Vec<&Place3> = places.into_iter().filter(|p| p.bucket() == place.bucket()).collect();
            buckets.push(one(cx, place.bucket(), &same));
        }
    }
    buckets
}

fn one(cx: &Context<'_>, bucket: &str, places: &[&Place3]) -> Resource {
    let existing = places.iter().any(|p| p.existing);
    let versioning = if places.iter().any(|p| p.versioning) { "enabled" } else { "off" };
    let kms_key = places.iter().find_map(|p| p.kms_key.as_ref()).map(|key| key.value.as_str());
    let mut managed = BTreeMap::from([
        ("tags".to_owned(), marks::tags(cx)),
        ("versioning".to_owned(), json!(versioning)),
        ("public_access_block".to_owned(), json!(true)),
        ("object_ownership".to_owned(), json!("BucketOwnerEnforced")),
        ("policy".to_owned(), bucket_policy::wanted(cx, bucket)),
        ("lifecycle".to_owned(), bucket_lifecycle::wanted(&cx.manifest.storage, bucket)),
    ]);
    managed.extend(bucket_encryption::wanted(kms_key));
    Resource {
        address: address(bucket),
        identity: BTreeMap::from([
            ("bucket".to_owned(), bucket.to_owned()),
            // What lies under it is pipectl's own and goes with the bucket even when data must stay.
            ("control".to_owned(), Layout::of(cx.manifest).control_prefix()),
        ]),
        fields: if existing { Fields::new() } else { managed },
        depends_on: Vec::new(),
        existing,
    }
}

/// A bucket's address.
pub fn address(bucket: &str) -> Address {
    Address::new(Kind::S3Bucket, bucket)
}

/// Buckets' dealings with S3.
#[derive(Debug)]
pub struct Bucket;

#[async_trait]
impl Handler for Bucket {
    fn kind(&self) -> Kind {
        Kind::S3Bucket
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let bucket = fields::id(want, "bucket")?;
        if !exists(aws, bucket).await? {
            return Ok(None);
        }
        if want.existing {
            let ownership = Ownership::Strangers("it is used, not owned".to_owned());
            return Ok(Some(Live { resource: want.clone(), ownership }));
        }
        let mut live = settings::read(aws, bucket).await?;
        // Versioning can be suspended, never taken off again: what was suspended is as off as it can be.
        if live.get("versioning") == Some(&json!("suspended"))
            && fields::text(&want.fields, "versioning") == Some("off")
        {
            live.insert("versioning".to_owned(), json!("off"));
        }
        let ownership = owner.judge(&fields::map(&live, "tags"));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let bucket = fields::id(want, "bucket")?;
        // In us-east-1 creating a bucket that the account already has answers 200: look whose it is first.
        if exists(aws, bucket).await? {
            let refusal = Error::bug(format!("bucket `{bucket}` is there and cannot be read"));
            return create::settle(self, aws, want, refusal).await;
        }
        let made = retry_while(&[&OPERATION_ABORTED], || make(aws, bucket, want)).await;
        match made {
            Ok(()) => {}
            Err(error) if error.aws_code() == Some("BucketAlreadyOwnedByYou") => {
                return create::settle(self, aws, want, error).await;
            }
            Err(error) if error.aws_code() == Some("BucketAlreadyExists") => return Err(taken(bucket, error)),
            Err(error) => return Err(error),
        }
        for (setting, _) in settings::SETTINGS {
            settings::write(aws, bucket, setting, None, &want.fields).await?;
        }
        Ok(())
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let bucket = fields::id(want, "bucket")?;
        for (setting, names) in settings::SETTINGS {
            if names.iter().any(|name| fields::touches(changed, name)) {
                settings::write(aws, bucket, setting, Some(&live.fields), &want.fields).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &Session, live: &Resource, delete_data: bool) -> Result<Deleted> {
        let bucket = fields::id(live, "bucket")?;
        let control = live.identity.get("control").map(String::as_str);
        bucket_delete::delete(aws, bucket, control, delete_data).await
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// Whether the bucket is there and the account's own.
async fn exists(aws: &Session, bucket: &str) -> Result<bool> {
    let head = aws.s3.head_bucket().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    let head = head.call("s3:ListBucket").map_err(|error| match error.aws_code() {
        Some("Forbidden" | "AccessDenied") => taken(bucket, error),
        _ => error,
    });
    Ok(absent(head, &["NotFound", "NoSuchBucket"])?.is_some())
}

/// Makes it, already with its marks, so that an apply that breaks off right after it leaves no stranger.
async fn make(aws: &Session, bucket: &str, want: &Resource) -> Result<()> {
    let tags = settings::sdk_tags(&fields::map(&want.fields, "tags"))?;
    aws.s3
        .create_bucket()
        .bucket(bucket)
        .create_bucket_configuration(configuration(&aws.region, tags))
        .send()
        .await
        .call("s3:CreateBucket")
        .map(drop)
}

/// us-east-1 must not be named as the location.
fn configuration(region: &str, tags: Vec<Tag>) -> CreateBucketConfiguration {
    let location = (region != UNNAMED_REGION).then(|| BucketLocationConstraint::from(region));
    CreateBucketConfiguration::builder().set_location_constraint(location).set_tags(Some(tags)).build()
}

fn taken(bucket: &str, error: Error) -> Error {
    let call = error.call().cloned();
    let told = Error::new(
        ErrorKind::Conflict,
        "bucket-taken",
        format!("bucket `{bucket}` belongs to another account, or this identity may not list it"),
    )
    .with_expected("a bucket of this account: bucket names are shared by all of AWS")
    .with_help("choose another name in `storage` (with `${account}` in it, nobody else has it), or allow s3:ListBucket")
    .with_source(error);
    match call {
        Some(call) => told.with_call(call),
        None => told,
    }
}

/// What a settings call is repeated for: the bucket is new, or another call on it has not ended.
pub(super) const SETTLING: &[&crate::aws::retry::Passing] = &[&BUCKET_NOT_READY, &OPERATION_ABORTED];

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
