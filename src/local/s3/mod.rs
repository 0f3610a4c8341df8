//! S3: the wire is s3s's, the objects are plain files.
//!
//! | where | what |
//! |---|---|
//! | `s3/<bucket>/<key>` | an object's content |
//! | collection `s3/buckets` | a bucket's region, birth and settings |
//! | collection `s3/objects/<bucket>` | what a file cannot say of its object: ETag, checksums, metadata ([`object`]) |
//! | collection `s3/history/<bucket>`, `s3-versions/<bucket>/` | older versions and delete markers ([`versions`]) |
//! | collections `s3/uploads/<bucket>`, `s3/parts/..`, `s3-parts/` | unfinished multipart uploads |
//!
//! A file that something else wrote into a bucket's folder (the job engine, a person) is an object too.

pub mod access;
pub mod bucket;
pub mod conditions;
pub mod copy;
pub mod delete;
pub mod describe;
pub mod front;
pub mod keyspace;
pub mod lifecycle;
pub mod list;
pub mod list_versions;
pub mod multipart;
pub mod object;
pub mod parts;
pub mod policy;
pub mod read;
pub mod receive;
pub mod refuse;
pub mod settings;
pub mod tags;
pub mod validate;
pub mod versions;
pub mod write;

pub use front::front;
