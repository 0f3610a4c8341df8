//! `PutObject`, and what all ways to make an object share.

use std::collections::BTreeMap;

use http::HeaderMap;
use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};

use super::conditions::check_write;
use super::object::{self, Attributes, Object};
use super::receive::{Expected, Received, receive};
use super::refuse::{invalid_argument, refuse};
use super::{bucket, settings, validate, versions};
use crate::local::keys::percent_decode;
use crate::local::store::Store;

/// The headers that are kept with an object and come back with it.
pub const KEPT: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
];
/// The most bytes of user metadata.
const MAX_METADATA: usize = 2 * 1024;

/// Fills in the five checksums and their kind.
macro_rules! with_checksums {
    ($output:expr, $checksums:expr) => {{
        let mut output = $output;
        let checksums = $checksums;
        output.checksum_crc32 = checksums.crc32.clone();
        output.checksum_crc32c = checksums.crc32c.clone();
        output.checksum_crc64nvme = checksums.crc64nvme.clone();
        output.checksum_sha1 = checksums.sha1.clone();
        output.checksum_sha256 = checksums.sha256.clone();
        output
    }};
}
pub(super) use with_checksums;

/// `PutObject`.
pub async fn put(store: &Store, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    let input = request.input;
    let found = bucket::find(store, &input.bucket)?;
    if input.sse_customer_algorithm.is_some() {
        return Err(refuse(S3ErrorCode::NotImplemented, "The local cloud has no encryption with customer keys"));
    }
    if input.write_offset_bytes.is_some() {
        return Err(refuse(S3ErrorCode::NotImplemented, "The local cloud cannot append to objects"));
    }
    let mut attributes = attributes(&request.headers, input.metadata, input.tagging.as_deref())?;
    encrypt(&mut attributes, &found.settings, input.server_side_encryption, input.ssekms_key_id)?;
    let expected = Expected {
        headers: request.headers,
        trailers: request.trailing_headers,
        length: input.content_length,
        md5: input.content_md5,
    };
    let received = receive(store, input.body, expected).await?;
    let lock = store.lock().await?;
    let current = object::current_locked(store, &input.bucket, &input.key, &lock)?.map(|found| found.object);
    check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), current.as_ref())?;
    let (temp, object) = new_object(received, attributes);
    let object = versions::publish(store, &lock, &input.bucket, &input.key, temp, object)?;
    let (encryption, kms_key) = encryption_of(&object);
    let output = PutObjectOutput {
        e_tag: Some(ETag::Strong(object.etag.clone())),
        checksum_type: Some(checksum_type(&object)),
        server_side_encryption: encryption,
        ssekms_key_id: kms_key,
        version_id: object.version.clone(),
        ..Default::default()
    };
    Ok(with_checksums!(output, &object.checksums))
}

/// The object that a received body becomes.
pub fn new_object(received: Received, attributes: Attributes) -> (super::receive::TempFile, Object) {
    let object = Object {
        size: received.size,
        etag: received.md5,
        checksums: received.checksums,
        attributes,
        ..Object::default()
    };
    (received.temp, object)
}

/// What an upload's headers say of the object.
pub fn attributes(headers: &HeaderMap, metadata: Option<Metadata>, tagging: Option<&str>) -> S3Result<Attributes> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let mut kept: BTreeMap<String, String> = KEPT.iter().filter_map(|n| Some(((*n).to_owned(), text(n)?))).collect();
    // `aws-chunked` is how the body travelled, not what it is.
    if let Some(encoding) = kept.remove("content-encoding") {
        let parts = encoding.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "aws-chunked");
        let encoding = parts.collect::<Vec<_>>().join(",");
        if !encoding.is_empty() {
            kept.insert("content-encoding".to_owned(), encoding);
        }
    }
    let metadata: BTreeMap<String, String> = metadata.unwrap_or_default().into_iter().collect();
    if metadata.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>() > MAX_METADATA {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(refuse(S3ErrorCode::MetadataTooLarge, message));
    }
    let storage_class = text("x-amz-storage-class").filter(|class| class != "STANDARD");
    let known = [
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    ];
    if storage_class.as_deref().is_some_and(|class| !known.contains(&class)) {
        return Err(refuse(S3ErrorCode::InvalidStorageClass, "The storage class you specified is not valid"));
    }
    Ok(Attributes { headers: kept, metadata, tags: parse_tags(tagging)?, storage_class, ..Attributes::default() })
}

/// The header `x-amz-tagging`: `k=v&l=w`, percent-encoded.
fn parse_tags(tagging: Option<&str>) -> S3Result<BTreeMap<String, String>> {
    let invalid = || {
        invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        )
    };
    let decode = |text: &str| percent_decode(&text.replace('+', " ")).ok_or_else(invalid);
    let mut tags = Vec::new();
    for pair in tagging.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        tags.push(Tag { key: Some(decode(key)?), value: Some(decode(value)?) });
    }
    validate::tags(&tags, 10)?;
    Ok(tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?))).collect())
}

/// How the object is encrypted: as asked, else as its bucket has it.
pub fn encrypt(
    attributes: &mut Attributes,
    settings: &BTreeMap<String, String>,
    asked: Option<ServerSideEncryption>,
    key: Option<String>,
) -> S3Result<()> {
    let (algorithm, key) = match asked {
        Some(algorithm) => (algorithm, key),
        None => {
            let default = settings::default_encryption(settings)?;
            (default.sse_algorithm, default.kms_master_key_id)
        }
    };
    attributes.encryption = Some(algorithm.as_str().to_owned());
    attributes.kms_key = key;
    Ok(())
}

/// The object's encryption for an answer. A file that something else wrote has the least there is.
pub fn encryption_of(object: &Object) -> (Option<ServerSideEncryption>, Option<String>) {
    let algorithm = object.attributes.encryption.clone().unwrap_or_else(|| ServerSideEncryption::AES256.to_owned());
    (Some(ServerSideEncryption::from(algorithm)), object.attributes.kms_key.clone())
}

/// Whether the checksums are of the whole object or of its parts' checksums.
pub fn checksum_type(object: &Object) -> ChecksumType {
    ChecksumType::from_static(if object.checksums.composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    })
}
