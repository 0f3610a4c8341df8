//! An upload in parts that a process left behind: what of it arrived need not be sent again.

use std::collections::BTreeMap;

use aws_sdk_s3::types::Part;

use crate::aws::{Call, Session};
use crate::error::Result;

/// An upload that was begun and neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// S3's id of it.
    pub id: String,
    /// The parts that arrived, by number.
    pub parts: BTreeMap<i32, Arrived>,
}

/// A part that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// As S3 gave it, for completing the upload.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Base64 of the CRC-32, big-endian; a part without one cannot be told from another.
    pub crc32: String,
}

/// The last unfinished upload to `key`; `None` when there is none, or when it may not be looked for.
/// Needs `s3:ListBucketMultipartUploads` and `s3:ListMultipartUploadParts`.
pub async fn find(aws: &Session, bucket: &str, key: &str) -> Result<Option<Unfinished>> {
    let listed = aws
        .s3
        .list_multipart_uploads()
        .bucket(bucket)
        .prefix(key)
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:ListBucketMultipartUploads");
    let listed = match listed {
        // Who may write but not look sends the file whole.
        Err(error) if error.code() == "access-denied" => return Ok(None),
        listed => listed?,
    };
    // A page holds 1,000 uploads, and of one key they are listed in the order of their beginning.
    let last = listed.uploads().iter().rfind(|upload| upload.key() == Some(key));
    let Some(id) = last.and_then(|upload| upload.upload_id()) else { return Ok(None) };
    Ok(Some(Unfinished { id: id.to_owned(), parts: arrived(aws, bucket, key, id).await? }))
}

async fn arrived(aws: &Session, bucket: &str, key: &str, id: &str) -> Result<BTreeMap<i32, Arrived>> {
    let mut parts = BTreeMap::new();
    let mut after = None;
    loop {
        let page = aws
            .s3
            .list_parts()
            .bucket(bucket)
            .key(key)
            .upload_id(id)
            .set_part_number_marker(after)
            .expected_bucket_owner(&aws.account)
            .send()
            .await
            .call("s3:ListMultipartUploadParts")?;
        parts.extend(page.parts().iter().filter_map(whole));
        if !page.is_truncated().unwrap_or_default() || page.next_part_number_marker().is_none() {
            return Ok(parts);
        }
        after = page.next_part_number_marker;
    }
}

fn whole(part: &Part) -> Option<(i32, Arrived)> {
    let arrived = Arrived {
        etag: part.e_tag()?.to_owned(),
        size: part.size()?.try_into().ok()?,
        crc32: part.checksum_crc32()?.to_owned(),
    };
    Some((part.part_number()?, arrived))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn uploads(all: &[(&str, &str)]) -> Reply {
        let one = |(key, id): &(&str, &str)| format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId></Upload>");
        let all: String = all.iter().map(one).collect();
        Reply::new(200, format!("<ListMultipartUploadsResult>{all}</ListMultipartUploadsResult>"))
    }

    #[tokio::test]
    async fn the_last_upload_of_the_very_key_is_found_with_all_its_parts() {
        let part = |number: i32, crc: &str| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>\"e{number}\"</ETag><Size>5</Size>{crc}</Part>")
        };
        let page = |parts: String, more: &str| {
            Reply::new(200, format!("<ListPartsResult><UploadId>U2</UploadId>{more}{parts}</ListPartsResult>"))
        };
        let crc = "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>";
        let server = Canned::start(vec![
            uploads(&[("k", "U1"), ("k", "U2"), ("k.old", "U3")]),
            page(part(1, crc), "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>"),
            page(part(2, crc) + &part(3, ""), "<IsTruncated>false</IsTruncated>"),
        ])
        .await;
        let found = find(&session(&server), "b", "k").await.unwrap().unwrap();
        assert_eq!(found.id, "U2");
        assert_eq!(found.parts.keys().collect::<Vec<_>>(), [&1, &2], "a part without a checksum is sent again");
        assert!(server.operations()[2].contains("part-number-marker=1"), "{:?}", server.operations());
    }

    #[tokio::test]
    async fn who_may_not_look_begins_anew() {
        let server = Canned::start(vec![Reply::s3_error(403, "AccessDenied", "Access Denied")]).await;
        assert_eq!(find(&session(&server), "b", "k").await.unwrap(), None);
        let server = Canned::start(vec![uploads(&[("k2", "U")])]).await;
        assert_eq!(find(&session(&server), "b", "k").await.unwrap(), None);
    }
}
