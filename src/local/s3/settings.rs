//! A bucket's settings: tags, versioning, public access block, encryption, ownership; [`super::policy`] and
//! [`super::lifecycle`] keep theirs here, too.
//!
//! Each is kept as the document that S3's wire knows. A new bucket has what AWS gives it since 2023: all public access
//! blocked, the bucket's owner owns every object, encryption with S3's own keys.

use std::collections::BTreeMap;

use http::StatusCode;
use s3s::dto::*;
use s3s::xml::{Deserialize, Deserializer, Serialize, Serializer};
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::bucket::{self, BUCKETS};
use super::refuse::{internal, malformed_xml, refuse, refuse_as};
use super::validate;
use crate::error::Error;
use crate::local::error::ServiceError;
use crate::local::iam::role::partition;
use crate::local::store::Store;

const TAGGING: &str = "tagging";
const VERSIONING: &str = "versioning";
const PUBLIC_ACCESS_BLOCK: &str = "public_access_block";
const ENCRYPTION: &str = "encryption";
const OWNERSHIP: &str = "ownership";
/// The most tags of a bucket.
const MOST_TAGS: usize = 50;

/// A bucket's settings by name, as S3's documents.
pub(super) type Settings = BTreeMap<String, String>;

/// The settings of a new bucket, with the tags it is made with.
pub fn of_new_bucket(ownership: Option<ObjectOwnership>, tags: Vec<Tag>) -> S3Result<Settings> {
    let mut settings = Settings::new();
    let ownership = ownership.unwrap_or_else(|| ObjectOwnership::from_static(ObjectOwnership::BUCKET_OWNER_ENFORCED));
    let block = PublicAccessBlockConfiguration {
        block_public_acls: Some(true),
        block_public_policy: Some(true),
        ignore_public_acls: Some(true),
        restrict_public_buckets: Some(true),
    };
    write(
        &mut settings,
        OWNERSHIP,
        &OwnershipControls { rules: vec![OwnershipControlsRule { object_ownership: ownership }] },
    )?;
    write(&mut settings, PUBLIC_ACCESS_BLOCK, &block)?;
    if !tags.is_empty() {
        validate::tags(&tags, MOST_TAGS)?;
        write(&mut settings, TAGGING, &Tagging { tag_set: tags })?;
    }
    Ok(settings)
}

/// How new objects are encrypted: the algorithm and, for KMS, the key.
pub fn default_encryption(settings: &Settings) -> S3Result<ServerSideEncryptionByDefault> {
    let rule = encryption(settings)?.rules.into_iter().next();
    Ok(rule.and_then(|r| r.apply_server_side_encryption_by_default).unwrap_or_else(|| aes256().1))
}

/// Whether versions are kept: `None` when that was never switched on.
pub fn versioning(settings: &Settings) -> S3Result<Option<String>> {
    let status = read::<VersioningConfiguration>(settings, VERSIONING)?.and_then(|v| v.status);
    Ok(status.map(|s| s.as_str().to_owned()))
}

fn aes256() -> (ServerSideEncryptionConfiguration, ServerSideEncryptionByDefault) {
    let default = ServerSideEncryptionByDefault {
        kms_master_key_id: None,
        sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
    };
    let rule = ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(default.clone()),
        bucket_key_enabled: Some(false),
    };
    (ServerSideEncryptionConfiguration { rules: vec![rule] }, default)
}

fn encryption(settings: &Settings) -> S3Result<ServerSideEncryptionConfiguration> {
    Ok(read(settings, ENCRYPTION)?.unwrap_or_else(|| aes256().0))
}

/// A setting, when there is one.
pub(super) fn read<T: for<'x> Deserialize<'x>>(settings: &Settings, name: &str) -> S3Result<Option<T>> {
    let Some(text) = settings.get(name) else { return Ok(None) };
    let mut reader = Deserializer::new(text.as_bytes());
    T::deserialize(&mut reader).map(Some).map_err(internal)
}

/// Sets a setting.
pub(super) fn write<T: Serialize>(settings: &mut Settings, name: &str, value: &T) -> S3Result<()> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::new(&mut text)).map_err(internal)?;
    settings.insert(name.to_owned(), String::from_utf8(text).map_err(internal)?);
    Ok(())
}

/// Changes a bucket's settings.
pub(super) async fn update(
    store: &Store,
    bucket: &str,
    change: impl FnOnce(&mut Settings) -> S3Result<()>,
) -> S3Result<()> {
    let _lock = store.lock().await?;
    let mut found = bucket::find(store, bucket)?;
    change(&mut found.settings)?;
    Ok(store.put(BUCKETS, bucket, &found)?)
}

/// Takes a setting away.
pub(super) async fn remove(store: &Store, bucket: &str, name: &str) -> S3Result<()> {
    update(store, bucket, |settings| {
        settings.remove(name);
        Ok(())
    })
    .await
}

/// `PutBucketTagging`.
pub async fn put_tagging(store: &Store, request: S3Request<PutBucketTaggingInput>) -> S3Result<PutBucketTaggingOutput> {
    let input = request.input;
    validate::tags(&input.tagging.tag_set, MOST_TAGS)?;
    update(store, &input.bucket, |settings| write(settings, TAGGING, &input.tagging)).await?;
    Ok(PutBucketTaggingOutput {})
}

/// The tags of the buckets of the store's region that have some, by ARN.
pub fn tagged(store: &Store) -> Result<BTreeMap<String, BTreeMap<String, String>>, ServiceError> {
    let mut tagged = BTreeMap::new();
    for (name, bucket) in store.list::<bucket::Bucket>(BUCKETS)? {
        if bucket.region != store.region() {
            continue;
        }
        let tagging: Option<Tagging> = read(&bucket.settings, TAGGING).map_err(|e| Error::bug(e.to_string()))?;
        let tags =
            tagging.into_iter().flat_map(|tagging| tagging.tag_set).filter_map(|tag| Some((tag.key?, tag.value?)));
        tagged.insert(format!("arn:{}:s3:::{name}", partition(store.region())), tags.collect());
    }
    Ok(tagged)
}

/// `GetBucketTagging`.
pub async fn get_tagging(store: &Store, request: S3Request<GetBucketTaggingInput>) -> S3Result<GetBucketTaggingOutput> {
    let tagging: Option<Tagging> = read(&bucket::find(store, &request.input.bucket)?.settings, TAGGING)?;
    let tagging = tagging.filter(|t| !t.tag_set.is_empty());
    let tagging = tagging.ok_or_else(|| refuse(S3ErrorCode::NoSuchTagSet, "The TagSet does not exist"))?;
    Ok(GetBucketTaggingOutput { tag_set: tagging.tag_set })
}

/// `DeleteBucketTagging`.
pub async fn delete_tagging(
    store: &Store,
    request: S3Request<DeleteBucketTaggingInput>,
) -> S3Result<DeleteBucketTaggingOutput> {
    remove(store, &request.input.bucket, TAGGING).await?;
    Ok(DeleteBucketTaggingOutput {})
}

/// `PutBucketVersioning`: once on, it can be suspended but never off again.
pub async fn put_versioning(
    store: &Store,
    request: S3Request<PutBucketVersioningInput>,
) -> S3Result<PutBucketVersioningOutput> {
    let input = request.input;
    let configuration = input.versioning_configuration;
    if !configuration.status.as_ref().is_some_and(|s| ["Enabled", "Suspended"].contains(&s.as_str())) {
        return Err(malformed_xml());
    }
    update(store, &input.bucket, |settings| write(settings, VERSIONING, &configuration)).await?;
    Ok(PutBucketVersioningOutput {})
}

/// `GetBucketVersioning`.
pub async fn get_versioning(
    store: &Store,
    request: S3Request<GetBucketVersioningInput>,
) -> S3Result<GetBucketVersioningOutput> {
    let configuration: Option<VersioningConfiguration> =
        read(&bucket::find(store, &request.input.bucket)?.settings, VERSIONING)?;
    Ok(GetBucketVersioningOutput { status: configuration.and_then(|c| c.status), ..Default::default() })
}

/// `PutPublicAccessBlock`: what is left out is off.
pub async fn put_public_access_block(
    store: &Store,
    request: S3Request<PutPublicAccessBlockInput>,
) -> S3Result<PutPublicAccessBlockOutput> {
    let input = request.input;
    let mut block = input.public_access_block_configuration;
    for setting in [
        &mut block.block_public_acls,
        &mut block.block_public_policy,
        &mut block.ignore_public_acls,
        &mut block.restrict_public_buckets,
    ] {
        setting.get_or_insert(false);
    }
    update(store, &input.bucket, |settings| write(settings, PUBLIC_ACCESS_BLOCK, &block)).await?;
    Ok(PutPublicAccessBlockOutput {})
}

/// `GetPublicAccessBlock`.
pub async fn get_public_access_block(
    store: &Store,
    request: S3Request<GetPublicAccessBlockInput>,
) -> S3Result<GetPublicAccessBlockOutput> {
    let block = read(&bucket::find(store, &request.input.bucket)?.settings, PUBLIC_ACCESS_BLOCK)?;
    let block = block.ok_or_else(|| {
        let message = "The public access block configuration was not found";
        refuse_as(StatusCode::NOT_FOUND, "NoSuchPublicAccessBlockConfiguration", message)
    })?;
    Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(block) })
}

/// `DeletePublicAccessBlock`.
pub async fn delete_public_access_block(
    store: &Store,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> S3Result<DeletePublicAccessBlockOutput> {
    remove(store, &request.input.bucket, PUBLIC_ACCESS_BLOCK).await?;
    Ok(DeletePublicAccessBlockOutput {})
}

/// `PutBucketEncryption`.
pub async fn put_encryption(
    store: &Store,
    request: S3Request<PutBucketEncryptionInput>,
) -> S3Result<PutBucketEncryptionOutput> {
    let input = request.input;
    let mut configuration = input.server_side_encryption_configuration;
    validate::encryption(&configuration)?;
    for rule in &mut configuration.rules {
        rule.bucket_key_enabled.get_or_insert(false);
    }
    update(store, &input.bucket, |settings| write(settings, ENCRYPTION, &configuration)).await?;
    Ok(PutBucketEncryptionOutput {})
}

/// `GetBucketEncryption`: since 2023 every bucket has one.
pub async fn get_encryption(
    store: &Store,
    request: S3Request<GetBucketEncryptionInput>,
) -> S3Result<GetBucketEncryptionOutput> {
    let configuration = encryption(&bucket::find(store, &request.input.bucket)?.settings)?;
    Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
}

/// `DeleteBucketEncryption`: back to S3's own keys.
pub async fn delete_encryption(
    store: &Store,
    request: S3Request<DeleteBucketEncryptionInput>,
) -> S3Result<DeleteBucketEncryptionOutput> {
    remove(store, &request.input.bucket, ENCRYPTION).await?;
    Ok(DeleteBucketEncryptionOutput {})
}

/// `PutBucketOwnershipControls`.
pub async fn put_ownership(
    store: &Store,
    request: S3Request<PutBucketOwnershipControlsInput>,
) -> S3Result<PutBucketOwnershipControlsOutput> {
    let input = request.input;
    validate::ownership(&input.ownership_controls)?;
    update(store, &input.bucket, |settings| write(settings, OWNERSHIP, &input.ownership_controls)).await?;
    Ok(PutBucketOwnershipControlsOutput {})
}

/// `GetBucketOwnershipControls`.
pub async fn get_ownership(
    store: &Store,
    request: S3Request<GetBucketOwnershipControlsInput>,
) -> S3Result<GetBucketOwnershipControlsOutput> {
    let controls = read(&bucket::find(store, &request.input.bucket)?.settings, OWNERSHIP)?;
    let controls = controls.ok_or_else(|| {
        refuse(S3ErrorCode::OwnershipControlsNotFoundError, "The bucket ownership controls were not found")
    })?;
    Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(controls) })
}

/// `DeleteBucketOwnershipControls`.
pub async fn delete_ownership(
    store: &Store,
    request: S3Request<DeleteBucketOwnershipControlsInput>,
) -> S3Result<DeleteBucketOwnershipControlsOutput> {
    remove(store, &request.input.bucket, OWNERSHIP).await?;
    Ok(DeleteBucketOwnershipControlsOutput {})
}
