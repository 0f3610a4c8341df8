//! `CopyObject`.

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::conditions::{ReadConditions, Verdict};
use super::object::Attributes;
use super::read::{Opened, open};
use super::receive::{algorithms, receive_file};
use super::refuse::{precondition_failed, refuse};
use super::write::{attributes, checksum_type, encrypt, encryption_of, new_object, with_checksums};
use super::{bucket, versions};
use crate::local::store::Store;

/// Where a copy comes from: bucket, key, version.
pub fn source(source: &CopySource) -> S3Result<(&str, &str, Option<&str>)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => Ok((bucket, key, version_id.as_deref())),
        _ => Err(refuse(S3ErrorCode::NotImplemented, "The local cloud has no access points")),
    }
}

/// Opens a copy's source, if the conditions on it hold; here "not modified" is a failure, too.
pub async fn open_source(store: &Store, from: &CopySource, conditions: ReadConditions) -> S3Result<Opened> {
    let (bucket, key, version) = source(from)?;
    let opened = open(store, bucket, key, version).await?;
    match conditions.judge(&opened.object) {
        Verdict::Read => Ok(opened),
        Verdict::NotModified | Verdict::Failed => Err(precondition_failed()),
    }
}

/// `CopyObject`: the content always, metadata and tags unless they are replaced.
pub async fn object(store: &Store, request: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
    let input = request.input;
    let target = bucket::find(store, &input.bucket)?;
    let replace = input.metadata_directive.as_ref().is_some_and(|d| d.as_str() == MetadataDirective::REPLACE);
    let (bucket, key, version) = source(&input.copy_source)?;
    let itself = (bucket, key) == (input.bucket.as_str(), input.key.as_str()) && version.is_none();
    if itself && !replace && input.storage_class.is_none() && input.server_side_encryption.is_none() {
        let message = "This copy request is illegal because it is trying to copy an object to itself without changing the \
                       object's metadata, storage class, website redirect location or encryption attributes.";
        return Err(refuse(S3ErrorCode::InvalidRequest, message));
    }
    let conditions = ReadConditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let opened = open_source(store, &input.copy_source, conditions).await?;
    let replace_tags = input.tagging_directive.as_ref().is_some_and(|d| d.as_str() == TaggingDirective::REPLACE);
    let asked = attributes(&request.headers, input.metadata, input.tagging.as_deref())?;
    let old = opened.object.attributes;
    let mut attributes = Attributes {
        headers: if replace { asked.headers } else { old.headers },
        metadata: if replace { asked.metadata } else { old.metadata },
        tags: if replace_tags { asked.tags } else { old.tags },
        storage_class: asked.storage_class,
        ..Attributes::default()
    };
    encrypt(&mut attributes, &target.settings, input.server_side_encryption, input.ssekms_key_id)?;
    // A copy keeps the source's kind of checksum, unless it is asked for another.
    let mut wanted = algorithms(&request.headers);
    if input.checksum_algorithm.is_none() && !opened.object.checksums.composite {
        let had = opened.object.checksums.algorithms();
        wanted = if had.is_empty() { wanted } else { had };
    }
    let received = receive_file(store, opened.file, 0..opened.object.size, wanted).await?;
    let (temp, object) = new_object(received, attributes);
    let lock = store.lock().await?;
    let object = versions::publish(store, &lock, &input.bucket, &input.key, temp, object)?;
    let (encryption, kms_key) = encryption_of(&object);
    let result = CopyObjectResult {
        checksum_type: Some(checksum_type(&object)),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.last_modified()),
        ..Default::default()
    };
    Ok(CopyObjectOutput {
        copy_object_result: Some(with_checksums!(result, &object.checksums)),
        copy_source_version_id: opened.version,
        server_side_encryption: encryption,
        ssekms_key_id: kms_key,
        version_id: object.version,
        ..Default::default()
    })
}
