//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::*;
use s3s::{S3Request, S3Result};

use super::conditions::check_write;
use super::refuse::malformed_xml;
use super::versions::{self, Deleted};
use super::{bucket, object};
use crate::local::store::{Store, StoreLock};

/// The most keys of one `DeleteObjects`.
const MOST: usize = 1000;

/// `DeleteObject`: what is not there is deleted, too.
pub async fn one(store: &Store, request: S3Request<DeleteObjectInput>) -> S3Result<DeleteObjectOutput> {
    let input = request.input;
    bucket::find(store, &input.bucket)?;
    let lock = store.lock().await?;
    if input.if_match.is_some() {
        let current = object::current_locked(store, &input.bucket, &input.key, &lock)?.map(|found| found.object);
        check_write(input.if_match.as_ref(), None, current.as_ref())?;
    }
    let deleted = remove(store, &lock, &input.bucket, &input.key, input.version_id.as_deref())?;
    Ok(DeleteObjectOutput {
        delete_marker: deleted.marker.then_some(true),
        version_id: deleted.version,
        ..Default::default()
    })
}

/// `DeleteObjects`: each key by itself, errors listed.
pub async fn many(store: &Store, request: S3Request<DeleteObjectsInput>) -> S3Result<DeleteObjectsOutput> {
    let input = request.input;
    bucket::find(store, &input.bucket)?;
    if !(1..=MOST).contains(&input.delete.objects.len()) {
        return Err(malformed_xml());
    }
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for target in input.delete.objects {
        // Taken for each key, so that a long list does not keep everybody else out.
        let lock = store.lock().await?;
        match remove(store, &lock, &input.bucket, &target.key, target.version_id.as_deref()) {
            Ok(deleted) => {
                let made = deleted.marker && target.version_id.is_none();
                done.push(DeletedObject {
                    delete_marker: deleted.marker.then_some(true),
                    delete_marker_version_id: deleted.version.clone().filter(|_| deleted.marker),
                    version_id: target.version_id.filter(|_| !made),
                    key: Some(target.key),
                });
            }
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
                key: Some(target.key),
                version_id: target.version_id,
            }),
        }
    }
    let quiet = input.delete.quiet == Some(true);
    Ok(DeleteObjectsOutput { deleted: (!quiet).then_some(done), errors: Some(errors), ..Default::default() })
}

fn remove(store: &Store, lock: &StoreLock, bucket: &str, key: &str, version: Option<&str>) -> S3Result<Deleted> {
    match version.filter(|id| !id.is_empty()) {
        Some(id) => versions::delete_version(store, lock, bucket, key, id),
        None => versions::delete(store, lock, bucket, key),
    }
}
