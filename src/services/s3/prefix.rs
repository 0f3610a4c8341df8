//! `s3_prefix`: the folder markers of `storage`, zero bytes at `staging/`, so that the folders show in any browser and Glue
//! finds them before the first run.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{bucket, delete, object, versions};
use crate::aws::{Session, absent};
use crate::error::Result;
use crate::resource::{Address, Kind, Live, Owner, Resource};
use crate::services::layout::{Folder, Layout};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that folder markers need.
pub const ACTIONS: &[&str] =
    &["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:ListBucketVersions", "s3:PutObject"];

/// A marker for each place of `storage` that is not a whole bucket.
pub fn desired(cx: &Context<'_>) -> Vec<Resource> {
    let layout = Layout::of(cx.manifest);
    let places = [("staging", &layout.staging), ("warehouse", &layout.warehouse), ("results", &layout.results)];
    places
        .into_iter()
        .filter(|(_, folder)| !folder.prefix.is_empty())
        .map(|(name, folder)| one(cx, name, folder))
        .collect()
}

fn one(cx: &Context<'_>, name: &str, folder: &Folder) -> Resource {
    Resource {
        address: address(name),
        identity: object::identity(&folder.bucket, &folder.prefix),
        fields: BTreeMap::from([("metadata".to_owned(), marks::metadata(cx.owner))]),
        depends_on: vec![bucket::address(&folder.bucket)],
        existing: false,
    }
}

/// The address of `staging`, `warehouse` or `results`.
pub fn address(name: &str) -> Address {
    Address::new(Kind::S3Prefix, name)
}

/// Folder markers' dealings with S3.
#[derive(Debug)]
pub struct Prefix;

#[async_trait]
impl Handler for Prefix {
    fn kind(&self) -> Kind {
        Kind::S3Prefix
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let Some(head) = object::head(aws, want).await? else { return Ok(None) };
        let ownership = marks::judge_metadata(owner, &head.metadata);
        let fields = BTreeMap::from([("metadata".to_owned(), fields::object(&head.metadata))]);
        Ok(Some(Live { resource: Resource { fields, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        match object::put(aws, want, &want.fields, object::If::Absent).await {
            Err(error) if object::was_there(&error) => create::settle(self, aws, want, error).await,
            other => other,
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, _changed: &[String]) -> Result<()> {
        let metadata = fields::merged(&live.fields, &want.fields, "metadata");
        let fields = BTreeMap::from([("metadata".to_owned(), fields::object(&metadata))]);
        object::put(aws, want, &fields, object::If::Always).await
    }

    /// With `delete_data` everything under the prefix goes, older versions too; without it the marker alone.
    async fn delete(&self, aws: &Session, live: &Resource, delete_data: bool) -> Result<Deleted> {
        let (bucket, key) = (fields::id(live, "bucket")?, fields::id(live, "key")?);
        if !delete_data {
            return object::remove(aws, live).await;
        }
        let entries = versions::list(aws, bucket, key).await;
        let entries = absent(entries, &["NoSuchBucket", "NotFound"])?.unwrap_or_default();
        delete::delete(aws, bucket, entries.into_iter().map(|entry| entry.target).collect()).await?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::resource::Ownership;
    use crate::services::testing::{manifest, owner, wanted};

    #[test]
    fn a_whole_bucket_needs_no_marker() {
        let mut manifest = manifest();
        manifest.storage.results.uri.value = "s3://results-only/".into();
        let all = crate::services::testing::desired(&manifest).unwrap();
        let names: Vec<_> =
            all.iter().filter(|r| r.address.kind == Kind::S3Prefix).map(|r| r.address.name.clone()).collect();
        assert_eq!(names, ["staging", "warehouse"]);
    }

    #[tokio::test]
    async fn a_marker_is_written_only_where_there_is_none() {
        let server = Canned::start(vec![Reply::new(200, "")]).await;
        Prefix.create(&session(&server), &wanted("s3_prefix.staging")).await.unwrap();
        let asked = &server.asked()[0];
        assert_eq!(asked.header("if-none-match"), Some("*"));
        assert_eq!(asked.header("x-amz-meta-pipectl-pipeline"), Some("spotify"));
        assert_eq!(asked.body, "");
    }

    #[tokio::test]
    async fn a_folder_made_in_the_console_is_a_strangers() {
        let server = Canned::start(vec![Reply::new(200, "")]).await;
        let live = Prefix.read(&session(&server), &owner(), &wanted("s3_prefix.staging")).await.unwrap().unwrap();
        assert_eq!(live.ownership, Ownership::Strangers("it carries no pipectl metadata".into()));
    }

    #[tokio::test]
    async fn data_goes_only_when_that_was_agreed() {
        let listing = "<ListVersionsResult><Version><Key>staging/a.csv</Key><VersionId>v</VersionId><Size>3</Size></Version>\
            </ListVersionsResult>";
        let server = Canned::start(vec![Reply::new(200, listing), Reply::new(200, "<DeleteResult/>")]).await;
        Prefix.delete(&session(&server), &wanted("s3_prefix.staging"), true).await.unwrap();
        assert!(server.asked()[0].path.contains("prefix=staging%2F"));
        let server = Canned::start(vec![Reply::new(204, "")]).await;
        Prefix.delete(&session(&server), &wanted("s3_prefix.staging"), false).await.unwrap();
        assert!(server.operations()[0].starts_with("DELETE /123456789012-spotify-dev/staging/"));
    }
}
