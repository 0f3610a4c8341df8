//! `s3_object`: what is generated and kept beside the data: the PySpark script and the flow document. Compared by checksum,
//! so that a script edited behind our back shows, which no Glue call tells.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use md5::{Digest, Md5};
use serde_json::json;

use super::bucket;
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::layout::Layout;
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that objects need.
pub const ACTIONS: &[&str] = &["s3:DeleteObject", "s3:GetObject", "s3:PutObject"];

/// The largest foreign object whose text is fetched for the diff.
const LARGEST_SHOWN: i64 = 4 * 1024 * 1024;

/// The type of folder markers.
const MARKER_TYPE: &str = "application/x-directory";

/// The script, and the flow document that it was generated from.
pub fn desired(cx: &Context<'_>) -> Result<Vec<Resource>> {
    let layout = Layout::of(cx.manifest);
    let script = one(cx, &layout, "script", layout.script_key(), cx.script.to_owned(), "text/x-python");
    if cx.manifest.job.script.is_some() {
        return Ok(vec![script]);
    }
    let mut flow = serde_json::to_string_pretty(cx.flow)
        .map_err(|e| Error::bug(format!("the flow document cannot be written: {e}")))?;
    flow.push('\n');
    Ok(vec![script, one(cx, &layout, "flow", layout.flow_key(), flow, "application/json")])
}

fn one(cx: &Context<'_>, layout: &Layout, name: &str, key: String, content: String, content_type: &str) -> Resource {
    Resource {
        address: address(name),
        identity: identity(&layout.bucket, &key),
        fields: BTreeMap::from([
            ("content".to_owned(), json!(content)),
            ("content_type".to_owned(), json!(content_type)),
            ("metadata".to_owned(), marks::metadata(cx.owner)),
        ]),
        depends_on: vec![bucket::address(&layout.bucket)],
        existing: false,
    }
}

/// The address of `script` or `flow`.
pub fn address(name: &str) -> Address {
    Address::new(Kind::S3Object, name)
}

pub(super) fn identity(bucket: &str, key: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("bucket".to_owned(), bucket.to_owned()), ("key".to_owned(), key.to_owned())])
}

/// Objects' dealings with S3.
#[derive(Debug)]
pub struct Object;

#[async_trait]
impl Handler for Object {
    fn kind(&self) -> Kind {
        Kind::S3Object
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let Some(head) = head(aws, want).await? else { return Ok(None) };
        let wanted = fields::text(&want.fields, "content").unwrap_or_default();
        let content = if head.etag == hex::encode(Md5::digest(wanted)) {
            wanted.to_owned()
        } else {
            match text(aws, want, &head).await? {
                Some(text) => text,
                None => return Ok(None),
            }
        };
        // A tool that writes over our object sends neither marks nor type. The path is ours alone, so the object stays
        // ours, and what is told is the one thing that somebody changed: the content.
        if !head.metadata.keys().any(|key| key.starts_with(marks::METADATA_PREFIX)) {
            let fields =
                BTreeMap::from_iter(want.fields.clone().into_iter().chain([("content".to_owned(), json!(content))]));
            return Ok(Some(Live { resource: Resource { fields, ..want.clone() }, ownership: Ownership::Ours }));
        }
        let ownership = marks::judge_metadata(owner, &head.metadata);
        let fields = BTreeMap::from([
            ("content".to_owned(), json!(content)),
            ("content_type".to_owned(), json!(head.content_type)),
            ("metadata".to_owned(), fields::object(&head.metadata)),
        ]);
        Ok(Some(Live { resource: Resource { fields, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        match put(aws, want, &want.fields, If::Absent).await {
            Err(error) if was_there(&error) => create::settle(self, aws, want, error).await,
            other => other,
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, _changed: &[String]) -> Result<()> {
        let metadata = fields::merged(&live.fields, &want.fields, "metadata");
        let mut fields = want.fields.clone();
        fields.insert("metadata".to_owned(), fields::object(&metadata));
        put(aws, want, &fields, If::Always).await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        remove(aws, live).await
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// What HEAD tells of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub etag: String,
    pub size: i64,
    pub content_type: String,
    pub metadata: BTreeMap<String, String>,
}

/// The object's head; `None` when it or its bucket is not there.
pub(super) async fn head(aws: &Session, want: &Resource) -> Result<Option<Head>> {
    let (bucket, key) = (fields::id(want, "bucket")?, fields::id(want, "key")?);
    let head = aws.s3.head_object().bucket(bucket).key(key).expected_bucket_owner(&aws.account).send().await;
    let head = absent(head.call("s3:GetObject"), &["NotFound", "NoSuchKey", "NoSuchBucket"])?;
    Ok(head.map(|head| Head {
        etag: head.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
        size: head.content_length().unwrap_or_default(),
        content_type: head.content_type().unwrap_or("binary/octet-stream").to_owned(),
        metadata: head.metadata().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
    }))
}

/// The object's text, or for what is too large or no text a line that says so; `None` when it went away meanwhile.
async fn text(aws: &Session, want: &Resource, head: &Head) -> Result<Option<String>> {
    let other = || format!("(no text of ours: {} bytes, ETag {})", head.size, head.etag);
    if head.size > LARGEST_SHOWN {
        return Ok(Some(other()));
    }
    match super::actions::get_text(aws, fields::id(want, "bucket")?, fields::id(want, "key")?).await {
        Err(error) if error.code() == "not-text" => Ok(Some(other())),
        got => got,
    }
}

/// Whether an object that is there already is written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum If {
    /// It is.
    Always,
    /// It stays, and that is the error [`was_there`].
    Absent,
}

/// Whether a [`put`] was refused because there is an object.
pub(super) fn was_there(error: &Error) -> bool {
    matches!(error.aws_code(), Some("PreconditionFailed" | "ConditionalRequestConflict"))
}

/// Writes the object with these fields.
pub(super) async fn put(aws: &Session, want: &Resource, fields: &Fields, when: If) -> Result<()> {
    let (bucket, key) = (fields::id(want, "bucket")?, fields::id(want, "key")?);
    let content = fields::text(fields, "content").unwrap_or_default();
    let content_type = match want.address.kind {
        Kind::S3Prefix => MARKER_TYPE,
        _ => fields::text(fields, "content_type").unwrap_or("text/plain"),
    };
    crate::aws::retry::retry_while(bucket::SETTLING, || async {
        aws.s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(content_type)
            .set_metadata(Some(fields::hash(fields::map(fields, "metadata"))))
            .set_if_none_match((when == If::Absent).then(|| "*".to_owned()))
            .body(ByteStream::from(content.as_bytes().to_vec()))
            .expected_bucket_owner(&aws.account)
            .send()
            .await
            .call("s3:PutObject")
            .map(drop)
    })
    .await
}

/// Deletes the object; one that is gone, or whose bucket is, is no error.
pub(super) async fn remove(aws: &Session, live: &Resource) -> Result<Deleted> {
    let (bucket, key) = (fields::id(live, "bucket")?, fields::id(live, "key")?);
    let gone = aws.s3.delete_object().bucket(bucket).key(key).expected_bucket_owner(&aws.account).send().await;
    absent(gone.call("s3:DeleteObject"), &["NoSuchKey", "NoSuchBucket", "NotFound"])?;
    Ok(Deleted::Gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::resource::Ownership;
    use crate::services::testing::{owner, wanted};

    fn found(etag: &str) -> Reply {
        Reply::new(200, "")
            .header("etag", &format!("\"{etag}\""))
            .header("content-type", "text/x-python")
            .header("x-amz-meta-pipectl-pipeline", "spotify")
            .header("x-amz-meta-pipectl-environment", "dev")
    }

    #[tokio::test]
    async fn an_equal_checksum_needs_no_second_call() {
        let want = wanted("s3_object.script");
        let server = Canned::start(vec![found(&hex::encode(Md5::digest("print('hello')\n")))]).await;
        let live = Object.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
        assert_eq!(live.resource.fields, want.fields);
        assert_eq!(live.ownership, Ownership::Ours);
        assert_eq!(server.asked().len(), 1);
        assert_eq!(server.asked()[0].header("x-amz-expected-bucket-owner"), Some("123456789012"));
    }

    /// GetJob shows nothing of a script edited under the same key.
    #[tokio::test]
    async fn an_edited_script_shows_its_text() {
        let edited = found("0cc175b9c0f1b6a831c399e269772661");
        let server = Canned::start(vec![edited, Reply::new(200, "print('mine')\n")]).await;
        let live = Object.read(&session(&server), &owner(), &wanted("s3_object.script")).await.unwrap().unwrap();
        assert_eq!(live.resource.fields["content"], json!("print('mine')\n"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_none() {
        let server = Canned::start(vec![Reply::new(404, "")]).await;
        assert!(Object.read(&session(&server), &owner(), &wanted("s3_object.flow")).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_namesake_is_not_written_over() {
        let refusal = Reply::s3_error(412, "PreconditionFailed", "At least one of the pre-conditions did not hold");
        let head = Reply::new(200, "").header("etag", "\"x\"").header("x-amz-meta-pipectl-pipeline", "another");
        let server = Canned::start(vec![refusal, head, Reply::new(200, "theirs")]).await;
        let error = Object.create(&session(&server), &wanted("s3_object.script")).await.unwrap_err();
        assert_eq!(error.code(), "stranger");
        assert_eq!(server.asked().iter().filter(|a| a.method == "PUT").count(), 1);
    }

    #[tokio::test]
    async fn foreign_metadata_survives_an_update() {
        let want = wanted("s3_object.script");
        let mut live = want.clone();
        live.fields.insert("metadata".into(), json!({"reviewed-by": "ana"}));
        let server = Canned::start(vec![Reply::new(200, "")]).await;
        Object.update(&session(&server), &live, &want, &["content".into()]).await.unwrap();
        let asked = &server.asked()[0];
        assert_eq!(asked.header("x-amz-meta-reviewed-by"), Some("ana"));
        assert_eq!(asked.header("x-amz-meta-pipectl-environment"), Some("dev"));
        assert_eq!(asked.body, "print('hello')\n");
    }
}
