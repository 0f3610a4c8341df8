//! The operations that S3's wire can ask for, and where each one lives. The rest is answered `NotImplemented`.

use std::sync::Arc;

use async_trait::async_trait;
use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result};

use super::access::{Access, Keys};
use super::{
    bucket, copy, delete, lifecycle, list, list_versions, multipart, parts, policy, read, settings, tags, write,
};
use crate::local::options::Endpoint;
use crate::local::store::Store;

/// The service on `store` that lets the endpoint's credentials in.
pub fn front(store: &Store, endpoint: &Endpoint) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Front { store: Arc::new(store.clone()) });
    builder.set_auth(Keys::new(endpoint));
    builder.set_access(Access::new(store.clone()));
    builder.build()
}

struct Front {
    store: Arc<Store>,
}

macro_rules! operations {
    ($($name:ident: $input:ty => $output:ty, $function:path;)*) => {
        #[async_trait]
        impl S3 for Front {
            $(async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                Ok(S3Response::new($function(&self.store, request).await?))
            })*
        }
    };
}

operations! {
    create_bucket: CreateBucketInput => CreateBucketOutput, bucket::create;
    head_bucket: HeadBucketInput => HeadBucketOutput, bucket::head;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput, bucket::delete;
    list_buckets: ListBucketsInput => ListBucketsOutput, bucket::list;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput, bucket::location;

    put_bucket_tagging: PutBucketTaggingInput => PutBucketTaggingOutput, settings::put_tagging;
    get_bucket_tagging: GetBucketTaggingInput => GetBucketTaggingOutput, settings::get_tagging;
    delete_bucket_tagging: DeleteBucketTaggingInput => DeleteBucketTaggingOutput, settings::delete_tagging;
    put_bucket_versioning: PutBucketVersioningInput => PutBucketVersioningOutput, settings::put_versioning;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput, settings::get_versioning;
    put_public_access_block: PutPublicAccessBlockInput => PutPublicAccessBlockOutput, settings::put_public_access_block;
    get_public_access_block: GetPublicAccessBlockInput => GetPublicAccessBlockOutput, settings::get_public_access_block;
    delete_public_access_block: DeletePublicAccessBlockInput => DeletePublicAccessBlockOutput, settings::delete_public_access_block;
    put_bucket_encryption: PutBucketEncryptionInput => PutBucketEncryptionOutput, settings::put_encryption;
    get_bucket_encryption: GetBucketEncryptionInput => GetBucketEncryptionOutput, settings::get_encryption;
    delete_bucket_encryption: DeleteBucketEncryptionInput => DeleteBucketEncryptionOutput, settings::delete_encryption;
    put_bucket_ownership_controls: PutBucketOwnershipControlsInput => PutBucketOwnershipControlsOutput, settings::put_ownership;
    get_bucket_ownership_controls: GetBucketOwnershipControlsInput => GetBucketOwnershipControlsOutput, settings::get_ownership;
    delete_bucket_ownership_controls: DeleteBucketOwnershipControlsInput => DeleteBucketOwnershipControlsOutput, settings::delete_ownership;
    put_bucket_policy: PutBucketPolicyInput => PutBucketPolicyOutput, policy::put;
    get_bucket_policy: GetBucketPolicyInput => GetBucketPolicyOutput, policy::get;
    delete_bucket_policy: DeleteBucketPolicyInput => DeleteBucketPolicyOutput, policy::delete;
    put_bucket_lifecycle_configuration: PutBucketLifecycleConfigurationInput => PutBucketLifecycleConfigurationOutput, lifecycle::put;
    get_bucket_lifecycle_configuration: GetBucketLifecycleConfigurationInput => GetBucketLifecycleConfigurationOutput, lifecycle::get;
    delete_bucket_lifecycle: DeleteBucketLifecycleInput => DeleteBucketLifecycleOutput, lifecycle::delete;

    put_object: PutObjectInput => PutObjectOutput, write::put;
    copy_object: CopyObjectInput => CopyObjectOutput, copy::object;
    get_object: GetObjectInput => GetObjectOutput, read::get;
    head_object: HeadObjectInput => HeadObjectOutput, read::head;
    delete_object: DeleteObjectInput => DeleteObjectOutput, delete::one;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput, delete::many;
    put_object_tagging: PutObjectTaggingInput => PutObjectTaggingOutput, tags::put;
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput, tags::get;
    delete_object_tagging: DeleteObjectTaggingInput => DeleteObjectTaggingOutput, tags::delete;

    list_objects: ListObjectsInput => ListObjectsOutput, list::v1;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output, list::v2;
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput, list_versions::versions;

    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput, multipart::create;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput, multipart::complete;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput, multipart::abort;
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput, multipart::list;
    upload_part: UploadPartInput => UploadPartOutput, parts::upload;
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput, parts::copy;
    list_parts: ListPartsInput => ListPartsOutput, parts::list;
}
