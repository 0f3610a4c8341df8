//! Multipart uploads: begin, complete, abort, list. The parts themselves are in [`super::parts`].

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};
use serde::{Deserialize, Serialize};

use super::conditions::check_write;
use super::list::{self, Listed};
use super::object::{self, Attributes, Checksums, Object};
use super::parts::{self, StoredPart};
use super::receive::{Hasher, TempFile, pump};
use super::refuse::{internal, invalid_argument, malformed_xml, no_such_upload, refuse};
use super::write::{attributes, checksum_type, encrypt, encryption_of, with_checksums};
use super::{bucket, versions};
use crate::local::store::Store;

/// The least size of a part that is not the last.
const LEAST_PART: u64 = 5 * 1024 * 1024;

/// An upload that was begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    /// The key.
    pub key: String,
    /// When it began, nanoseconds since 1970.
    pub initiated: u64,
    /// The checksum algorithm.
    pub algorithm: String,
    /// Whether the object's checksum will be of the parts' checksums.
    pub composite: bool,
    /// What came with it.
    pub attributes: Attributes,
}

fn collection(bucket: &str) -> String {
    format!("s3/uploads/{bucket}")
}

/// The upload, if it is one of this key.
pub fn find(store: &Store, bucket: &str, key: &str, id: &str) -> S3Result<Upload> {
    bucket::find(store, bucket)?;
    let upload: Option<Upload> = store.get(&collection(bucket), id)?;
    upload.filter(|upload| upload.key == key).ok_or_else(no_such_upload)
}

/// `CreateMultipartUpload`.
pub async fn create(
    store: &Store,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<CreateMultipartUploadOutput> {
    let input = request.input;
    let found = bucket::find(store, &input.bucket)?;
    let mut attributes = attributes(&request.headers, input.metadata, input.tagging.as_deref())?;
    encrypt(&mut attributes, &found.settings, input.server_side_encryption, input.ssekms_key_id)?;
    let algorithm = input.checksum_algorithm.as_ref().map_or(ChecksumAlgorithm::CRC64NVME, |a| a.as_str()).to_owned();
    let composite = match input.checksum_type.as_ref().map(|t| t.as_str()) {
        Some(ChecksumType::COMPOSITE) if algorithm == ChecksumAlgorithm::CRC64NVME => {
            return Err(refuse(
                S3ErrorCode::InvalidRequest,
                "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
            ));
        }
        Some(ChecksumType::FULL_OBJECT) if algorithm.starts_with("SHA") => {
            let message = format!(
                "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
                algorithm.to_lowercase()
            );
            return Err(refuse(S3ErrorCode::InvalidRequest, message));
        }
        Some(kind) => kind == ChecksumType::COMPOSITE,
        None => algorithm != ChecksumAlgorithm::CRC64NVME,
    };
    let id = uuid::Uuid::new_v4().simple().to_string();
    let upload = Upload { key: input.key.clone(), initiated: object::now(), algorithm, composite, attributes };
    store.put(&collection(&input.bucket), &id, &upload)?;
    let kind = if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: Some(ChecksumType::from_static(kind)),
        server_side_encryption: upload.attributes.encryption.map(ServerSideEncryption::from),
        ssekms_key_id: upload.attributes.kms_key,
        ..Default::default()
    })
}

/// `AbortMultipartUpload`.
pub async fn abort(
    store: &Store,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<AbortMultipartUploadOutput> {
    let input = request.input;
    let _lock = store.lock().await?;
    find(store, &input.bucket, &input.key, &input.upload_id)?;
    forget(store, &input.bucket, &input.upload_id)?;
    Ok(AbortMultipartUploadOutput::default())
}

fn forget(store: &Store, bucket: &str, id: &str) -> S3Result<()> {
    store.delete(&collection(bucket), id)?;
    parts::clear(store, bucket, id)
}

/// `CompleteMultipartUpload`: the named parts, in order, become one object.
pub async fn complete(
    store: &Store,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<CompleteMultipartUploadOutput> {
    let input = request.input;
    let upload = find(store, &input.bucket, &input.key, &input.upload_id)?;
    let stored = parts::stored(store, &input.bucket, &input.upload_id)?;
    let named = input.multipart_upload.and_then(|m| m.parts).unwrap_or_default();
    let chosen = choose(&named, &stored)?;
    let files: Vec<PathBuf> =
        chosen.iter().map(|p| parts::path(store, &input.bucket, &input.upload_id, p.number)).collect();
    let algorithm = upload.algorithm.clone();
    let temp = TempFile(store.temp_path());
    let joined = tokio::task::spawn_blocking(move || join(temp, &files, &algorithm));
    let (temp, whole) = joined.await.map_err(internal)?.map_err(internal)?;
    let checksums = if upload.composite { composite(&upload.algorithm, &chosen)? } else { whole };
    let given = Checksums {
        crc32: input.checksum_crc32,
        crc32c: input.checksum_crc32c,
        crc64nvme: input.checksum_crc64nvme,
        sha1: input.checksum_sha1,
        sha256: input.checksum_sha256,
        composite: false,
    };
    check_given(given, checksums.clone())?;
    let object = Object {
        etag: etag(&chosen)?,
        parts: chosen.iter().map(|p| p.size).collect(),
        checksums,
        attributes: upload.attributes,
        ..Object::default()
    };
    let lock = store.lock().await?;
    // Somebody may have aborted or completed it while it was put together.
    find(store, &input.bucket, &input.key, &input.upload_id)?;
    let current = object::current_locked(store, &input.bucket, &input.key, &lock)?.map(|found| found.object);
    check_write(input.if_match.as_ref(), input.if_none_match.as_ref(), current.as_ref())?;
    let object = versions::publish(store, &lock, &input.bucket, &input.key, temp, object)?;
    forget(store, &input.bucket, &input.upload_id)?;
    let (encryption, kms_key) = encryption_of(&object);
    let output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        checksum_type: Some(checksum_type(&object)),
        server_side_encryption: encryption,
        ssekms_key_id: kms_key,
        version_id: object.version.clone(),
        ..Default::default()
    };
    Ok(with_checksums!(output, &object.checksums))
}

/// The stored parts that the client names.
fn choose(named: &[CompletedPart], stored: &[StoredPart]) -> S3Result<Vec<StoredPart>> {
    if named.is_empty() {
        return Err(malformed_xml());
    }
    let number = |part: &CompletedPart| part.part_number.unwrap_or_default();
    if named.windows(2).any(|pair| number(&pair[0]) >= number(&pair[1])) {
        let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
        return Err(refuse(S3ErrorCode::InvalidPartOrder, message));
    }
    let mut chosen = Vec::new();
    for (at, part) in named.iter().enumerate() {
        let found = stored.iter().find(|s| s.number == number(part));
        let found = found.filter(|s| part.e_tag.as_ref().is_some_and(|e| e.value() == s.etag));
        let message = "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                       specified entity tag may not match the part's entity tag.";
        let found = found.ok_or_else(|| refuse(S3ErrorCode::InvalidPart, message))?;
        if found.size < LEAST_PART && at + 1 < named.len() {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(refuse(S3ErrorCode::EntityTooSmall, message));
        }
        chosen.push(found.clone());
    }
    Ok(chosen)
}

fn join(temp: TempFile, files: &[PathBuf], algorithm: &str) -> std::io::Result<(TempFile, Checksums)> {
    let mut hasher = Hasher::new(&[algorithm]);
    let mut target = File::create(&temp.0)?;
    for file in files {
        pump(&mut File::open(file)?, |chunk| {
            hasher.update(chunk);
            target.write_all(chunk)
        })?;
    }
    Ok((temp, hasher.finish().1))
}

/// The MD5 of the parts' MD5s, and their number.
fn etag(parts: &[StoredPart]) -> S3Result<String> {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(hex::decode(&part.etag).map_err(internal)?);
    }
    Ok(format!("{}-{}", hex::encode(md5.finalize()), parts.len()))
}

/// The checksum of the parts' checksums, and their number.
fn composite(algorithm: &str, parts: &[StoredPart]) -> S3Result<Checksums> {
    let mut hasher = Hasher::new(&[algorithm]);
    for part in parts {
        let sum = part.checksums.clone().of(algorithm).and_then(Option::take).unwrap_or_default();
        hasher.update(&BASE64.decode(sum).map_err(internal)?);
    }
    let mut checksums = hasher.finish().1;
    if let Some(Some(sum)) = checksums.of(algorithm) {
        sum.push_str(&format!("-{}", parts.len()));
    }
    checksums.composite = true;
    Ok(checksums)
}

fn check_given(mut given: Checksums, mut computed: Checksums) -> S3Result<()> {
    for algorithm in given.algorithms() {
        let value = |sums: &mut Checksums| sums.of(algorithm).and_then(Option::take).unwrap_or_default();
        let (given, computed) = (value(&mut given), value(&mut computed));
        // A composite one may be given without the number of parts.
        if !computed.is_empty() && given != computed && computed.split('-').next() != Some(given.as_str()) {
            let message = format!("The {algorithm} you specified did not match the calculated checksum.");
            return Err(refuse(S3ErrorCode::BadDigest, message));
        }
    }
    Ok(())
}

/// `ListMultipartUploads`, by key, then by age.
pub async fn list(
    store: &Store,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<ListMultipartUploadsOutput> {
    let input = request.input;
    bucket::find(store, &input.bucket)?;
    let most = list::limit(input.max_uploads)?;
    let mut uploads = store.list::<Upload>(&collection(&input.bucket))?;
    uploads.sort_by(|a, b| (&a.1.key, a.1.initiated).cmp(&(&b.1.key, b.1.initiated)));
    let after = (input.key_marker.clone().unwrap_or_default(), input.upload_id_marker.clone());
    let seen = after.1.as_ref().map(|id| uploads.iter().position(|(u, up)| u == id && up.key == after.0));
    if seen == Some(None) {
        return Err(invalid_argument("Invalid uploadId marker"));
    }
    let uploads = uploads.into_iter().enumerate().filter(|(at, (_, upload))| match seen.flatten() {
        Some(seen) => *at > seen,
        None => upload.key > after.0,
    });
    let prefix = input.prefix.clone().unwrap_or_default();
    let items = uploads.map(|(_, (id, upload))| (upload.key.clone(), (id, upload)));
    let items: Vec<_> = items.filter(|(key, _)| key.starts_with(&prefix)).collect();
    let page = list::page(items, &prefix, input.delimiter.as_deref(), &after.0, most);
    let encode = |text: &str| list::encode(text, input.encoding_type.as_ref());
    let (mut listed, mut prefixes) = (Vec::new(), Vec::new());
    let mut next = (None, None);
    for item in page.items {
        match item {
            Listed::Prefix(prefix) => {
                next = (Some(encode(&prefix)), None);
                prefixes.push(CommonPrefix { prefix: Some(encode(&prefix)) });
            }
            Listed::Item(key, (id, upload)) => {
                next = (Some(encode(&key)), Some(id.clone()));
                listed.push(MultipartUpload {
                    key: Some(encode(&key)),
                    upload_id: Some(id),
                    initiated: Some(object::timestamp(upload.initiated)),
                    owner: Some(bucket::owner(store)),
                    ..Default::default()
                });
            }
        }
    }
    let next = if page.truncated { next } else { (None, None) };
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: Some(prefixes),
        delimiter: input.delimiter,
        is_truncated: Some(page.truncated),
        key_marker: Some(after.0),
        max_uploads: i32::try_from(most).ok(),
        next_key_marker: next.0,
        next_upload_id_marker: next.1,
        prefix: input.prefix,
        upload_id_marker: after.1,
        uploads: Some(listed),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}
