//! Buckets: create, head, delete, list, location.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Result};
use serde::{Deserialize, Serialize};

use super::refuse::{invalid_argument, no_such_bucket, refuse};
use super::{keyspace, settings};
use crate::local::router::NewTags;
use crate::local::store::{self, Store};

/// The collection of all buckets.
pub const BUCKETS: &str = "s3/buckets";
/// The one region whose buckets have no location constraint, and whose buckets can be created twice.
const CLASSIC: &str = "us-east-1";

/// A bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bucket {
    /// When it was made, seconds since 1970.
    pub created: f64,
    /// Its region.
    pub region: String,
    /// Its settings by name, as the documents that S3 knows them by (XML; JSON for the policy).
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// The bucket, or `NoSuchBucket`.
pub fn find(store: &Store, name: &str) -> S3Result<Bucket> {
    store.get(BUCKETS, name)?.ok_or_else(no_such_bucket)
}

/// The canonical user id of the account: 64 hex digits, made from its number.
pub fn owner(store: &Store) -> Owner {
    use sha2::{Digest, Sha256};
    let id = hex::encode(Sha256::digest(store.account().as_bytes()));
    Owner { display_name: None, id: Some(id) }
}

/// `CreateBucket`.
pub async fn create(store: &Store, request: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
    let tags = request.extensions.get::<NewTags>().cloned().unwrap_or_default().0;
    let tags = tags.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
    let endpoint = request.region.as_ref().map_or(store.region(), |region| region.as_str());
    let endpoint = endpoint.to_owned();
    let input = request.input;
    let constraint = input.create_bucket_configuration.and_then(|c| c.location_constraint);
    let region = region_of(&endpoint, constraint.as_ref().map(|c| c.as_str()))?;
    check_name(&input.bucket)?;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(refuse(S3ErrorCode::NotImplemented, "The local cloud has no object lock"));
    }
    let _lock = store.lock().await?;
    if let Ok(bucket) = find(store, &input.bucket) {
        if region == CLASSIC && bucket.region == CLASSIC {
            return Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) });
        }
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(refuse(S3ErrorCode::BucketAlreadyOwnedByYou, message));
    }
    let settings = settings::of_new_bucket(input.object_ownership, tags)?;
    let folder = store.objects_dir(&input.bucket);
    std::fs::create_dir_all(&folder).map_err(|e| crate::error::Error::io("create", &folder, e))?;
    store.put(BUCKETS, &input.bucket, &Bucket { created: store::now(), region, settings })?;
    Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) })
}

/// The region of a new bucket, from the endpoint's region and the location constraint.
fn region_of(endpoint: &str, constraint: Option<&str>) -> S3Result<String> {
    let illegal = |asked: &str| {
        let message = format!(
            "The {asked} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        Err(refuse(S3ErrorCode::IllegalLocationConstraintException, message))
    };
    match constraint.filter(|c| !c.is_empty()) {
        Some(CLASSIC) if endpoint == CLASSIC => {
            Err(refuse(S3ErrorCode::InvalidLocationConstraint, "The specified location-constraint is not valid"))
        }
        Some(region) if region == endpoint || endpoint == CLASSIC => Ok(region.to_owned()),
        Some(region) => illegal(region),
        None if endpoint == CLASSIC => Ok(CLASSIC.to_owned()),
        None => illegal("unspecified"),
    }
}

/// The rules of names that go beyond characters and length, which s3s has checked.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn check_name(name: &str) -> S3Result<()> {
    let prefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
    let suffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let labels = name.split('.').all(|label| !label.is_empty());
    if prefixes.iter().any(|p| name.starts_with(p)) || suffixes.iter().any(|s| name.ends_with(s)) || !labels {
        return Err(refuse(S3ErrorCode::InvalidBucketName, "The specified bucket is not valid."));
    }
    Ok(())
}

/// `HeadBucket`.
pub async fn head(store: &Store, request: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
    let bucket = find(store, &request.input.bucket)?;
    Ok(HeadBucketOutput { bucket_region: Some(bucket.region), ..Default::default() })
}

/// `DeleteBucket`.
pub async fn delete(store: &Store, request: S3Request<DeleteBucketInput>) -> S3Result<DeleteBucketOutput> {
    let name = request.input.bucket;
    let _lock = store.lock().await?;
    find(store, &name)?;
    if !keyspace::keys(store, &name, "").is_empty() {
        return Err(refuse(S3ErrorCode::BucketNotEmpty, "The bucket you tried to delete is not empty"));
    }
    if !keyspace::history_keys(store, &name)?.is_empty() {
        let message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
        return Err(refuse(S3ErrorCode::BucketNotEmpty, message));
    }
    store.delete(BUCKETS, &name)?;
    for collection in ["objects", "history", "uploads", "parts"] {
        store.clear(&format!("s3/{collection}/{name}"))?;
    }
    for folder in ["s3", "s3-odd", "s3-versions", "s3-parts"] {
        let folder = store.root().join(folder).join(&name);
        match std::fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(crate::error::Error::io("remove", &folder, e).into());
            }
            _ => {}
        }
    }
    Ok(DeleteBucketOutput {})
}

/// `ListBuckets`.
pub async fn list(store: &Store, request: S3Request<ListBucketsInput>) -> S3Result<ListBucketsOutput> {
    let input = request.input;
    let most = match input.max_buckets {
        None => usize::MAX,
        Some(n @ 1..=10_000) => n.unsigned_abs() as usize,
        Some(_) => return Err(invalid_argument("Argument max-buckets must be an integer between 1 and 10000")),
    };
    let after = input.continuation_token.unwrap_or_default();
    let prefix = input.prefix.clone().unwrap_or_default();
    let mut buckets = store.list::<Bucket>(BUCKETS)?;
    buckets.retain(|(name, bucket)| {
        name.starts_with(&prefix)
            && *name > after
            && input.bucket_region.as_ref().is_none_or(|region| *region == bucket.region)
    });
    let more = buckets.len() > most;
    buckets.truncate(most);
    let token = buckets.last().filter(|_| more).map(|(name, _)| name.clone());
    let listed = buckets.into_iter().map(|(name, bucket)| s3s::dto::Bucket {
        bucket_region: Some(bucket.region),
        creation_date: Some((SystemTime::UNIX_EPOCH + Duration::from_secs_f64(bucket.created)).into()),
        name: Some(name),
    });
    Ok(ListBucketsOutput {
        buckets: Some(listed.collect()),
        continuation_token: token,
        owner: Some(owner(store)),
        prefix: input.prefix,
    })
}

/// `GetBucketLocation`: empty for us-east-1.
pub async fn location(store: &Store, request: S3Request<GetBucketLocationInput>) -> S3Result<GetBucketLocationOutput> {
    let region = find(store, &request.input.bucket)?.region;
    let location_constraint = (region != CLASSIC).then(|| BucketLocationConstraint::from(region));
    Ok(GetBucketLocationOutput { location_constraint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_follow_the_endpoint() {
        assert_eq!(region_of("us-east-1", None).unwrap(), "us-east-1");
        assert_eq!(region_of("us-east-1", Some("eu-west-1")).unwrap(), "eu-west-1");
        assert_eq!(region_of("eu-west-1", Some("eu-west-1")).unwrap(), "eu-west-1");
        let code = |r: S3Result<String>| r.unwrap_err().code().as_str().to_owned();
        assert_eq!(code(region_of("us-east-1", Some("us-east-1"))), "InvalidLocationConstraint");
        assert_eq!(code(region_of("eu-west-1", None)), "IllegalLocationConstraintException");
        assert_eq!(code(region_of("eu-west-1", Some("us-east-1"))), "IllegalLocationConstraintException");
    }

    #[test]
    fn reserved_names_are_refused() {
        assert!(check_name("a-bucket.with.dots").is_ok());
        for name in ["xn--a", "sthree-x", "a-s3alias", "a--x-s3"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
