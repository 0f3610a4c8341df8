//! Uploading a file: one PUT when it is small, else parts of 8 MiB, four in flight, each with its checksum. What an earlier
//! process left unfinished is gone on with.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use md5::{Digest, Md5};

use super::unfinished::{self, Arrived};
use crate::aws::{Call, Session};
use crate::error::{Error, Kind, Result};

/// The size of a part, and the size from which a file goes in parts.
const PART: u64 = 8 * 1024 * 1024;
/// The most parts S3 takes.
const MAX_PARTS: u64 = 10_000;
/// Parts on their way at once.
const IN_FLIGHT: usize = 4;

/// Uploads the file whole. `sent` is told the bytes of each piece as it has arrived; their sum is the file's size.
///
/// An upload in parts that fails is aborted, so that no parts stay behind and are paid for.
pub async fn upload_file(
    aws: &Session,
    bucket: &str,
    key: &str,
    path: &Path,
    sent: &(dyn Fn(u64) + Send + Sync),
) -> Result<()> {
    let size = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?.len();
    if size < PART {
        let body = read_piece(path, 0, size).await?;
        put_whole(aws, bucket, key, body).await?;
        sent(size);
        return Ok(());
    }
    let (upload, arrived) = match unfinished::find(aws, bucket, key).await? {
        Some(unfinished) => (unfinished.id, unfinished.parts),
        None => (begin(aws, bucket, key).await?, BTreeMap::new()),
    };
    match send_parts(aws, (bucket, key, &upload), path, (size, &arrived), sent).await {
        Ok(()) => Ok(()),
        Err(error) => Err(match abort(aws, bucket, key, &upload).await {
            Ok(()) => error,
            Err(abort) => error.with_note(format!("the upload's parts stay behind: {}", abort.message())),
        }),
    }
}

/// The ETag that S3 shows for this file after [`upload_file`], without quotes: its MD5, or for a file in parts the MD5 of
/// the parts' MD5s with their count. (Not under a KMS key: there the ETag is no checksum,
/// and what is compared with it is sent again.)
pub fn multipart_etag(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    if size < PART {
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        return Ok(hex::encode(Md5::digest(&text)));
    }
    let mut whole = Md5::new();
    let mut buffer = Vec::new();
    let mut parts = 0u64;
    for (_, length) in pieces(size) {
        buffer.resize(length as usize, 0);
        file.read_exact(&mut buffer)?;
        whole.update(Md5::digest(&buffer));
        parts += 1;
    }
    Ok(format!("{}-{parts}", hex::encode(whole.finalize())))
}

/// Offset and length of each part.
fn pieces(size: u64) -> impl Iterator<Item = (u64, u64)> {
    let part = part_size(size);
    (0..size.div_ceil(part)).map(move |n| (n * part, part.min(size - n * part)))
}

/// 8 MiB, or more for a file that would need more than 10,000 of these; whole MiB.
fn part_size(size: u64) -> u64 {
    const MIB: u64 = 1024 * 1024;
    PART.max(size.div_ceil(MAX_PARTS).div_ceil(MIB) * MIB)
}

async fn send_parts(
    aws: &Session,
    (bucket, key, upload): (&str, &str, &str),
    path: &Path,
    (size, arrived): (u64, &BTreeMap<i32, Arrived>),
    sent: &(dyn Fn(u64) + Send + Sync),
) -> Result<()> {
    let parts: Vec<CompletedPart> = futures::stream::iter(pieces(size).zip(1i32..))
        .map(|((offset, length), number)| async move {
            let piece = read_piece(path, offset, length).await?;
            let part = match arrived.get(&number).filter(|arrived| is_same(arrived, &piece)) {
                Some(arrived) => completed(number, Some(arrived.etag.clone()), Some(arrived.crc32.clone())),
                None => send_part(aws, (bucket, key, upload), number, piece).await?,
            };
            sent(length);
            Ok::<_, Error>(part)
        })
        .buffered(IN_FLIGHT)
        .try_collect()
        .await?;
    aws.s3
        .complete_multipart_upload()
        .bucket(bucket)
        .key(key)
        .upload_id(upload)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:PutObject")
        .map(drop)
}

async fn send_part(
    aws: &Session,
    (bucket, key, upload): (&str, &str, &str),
    number: i32,
    body: Bytes,
) -> Result<CompletedPart> {
    let part = aws
        .s3
        .upload_part()
        .bucket(bucket)
        .key(key)
        .upload_id(upload)
        .part_number(number)
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .body(ByteStream::from(body))
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:PutObject")?;
    Ok(completed(number, part.e_tag, part.checksum_crc32))
}

fn completed(number: i32, etag: Option<String>, crc32: Option<String>) -> CompletedPart {
    CompletedPart::builder().part_number(number).set_e_tag(etag).set_checksum_crc32(crc32).build()
}

/// Whether a part that arrived holds this piece, by what S3 itself checks arrivals by.
fn is_same(arrived: &Arrived, piece: &Bytes) -> bool {
    let crc32 = BASE64.encode(crc32fast::hash(piece).to_be_bytes());
    arrived.size == piece.len() as u64 && arrived.crc32 == crc32
}

async fn put_whole(aws: &Session, bucket: &str, key: &str, body: Bytes) -> Result<()> {
    aws.s3
        .put_object()
        .bucket(bucket)
        .key(key)
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .body(ByteStream::from(body))
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:PutObject")
        .map(drop)
}

async fn begin(aws: &Session, bucket: &str, key: &str) -> Result<String> {
    let begun = aws
        .s3
        .create_multipart_upload()
        .bucket(bucket)
        .key(key)
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:PutObject")?;
    begun.upload_id.ok_or_else(|| Error::new(Kind::Aws, "aws-failed", "s3:PutObject began an upload without an id"))
}

async fn abort(aws: &Session, bucket: &str, key: &str, upload: &str) -> Result<()> {
    aws.s3
        .abort_multipart_upload()
        .bucket(bucket)
        .key(key)
        .upload_id(upload)
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:AbortMultipartUpload")
        .map(drop)
}

/// Reads one piece; a file that has shrunk since is an error.
async fn read_piece(path: &Path, offset: u64, length: u64) -> Result<Bytes> {
    let owned = path.to_owned();
    let read = move || {
        let mut file = std::fs::File::open(&owned)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut buffer = vec![0; length as usize];
        file.read_exact(&mut buffer)?;
        Ok(Bytes::from(buffer))
    };
    tokio::task::spawn_blocking(read)
        .await
        .map_err(|e| Error::bug(format!("reading a file panicked: {e}")))?
        .map_err(|e| Error::io("read", path, e))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn file(size: usize) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![b'x'; size]).unwrap();
        file
    }

    fn nothing_unfinished() -> Reply {
        Reply::new(200, "<ListMultipartUploadsResult/>")
    }

    #[tokio::test]
    async fn parts_that_arrived_are_not_sent_again() {
        let parts = |crc: &str| {
            let part = format!(
                "<Part><PartNumber>1</PartNumber><ETag>\"one\"</ETag><Size>{PART}</Size><ChecksumCRC32>{crc}</ChecksumCRC32></Part>"
            );
            Reply::new(200, format!("<ListPartsResult>{part}</ListPartsResult>"))
        };
        let left = "<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>U0</UploadId></Upload></ListMultipartUploadsResult>";
        let sent_of = async |crc: &str| {
            let part = || Reply::new(200, "").header("etag", "\"new\"").header("x-amz-checksum-crc32", "AAAAAA==");
            let done = Reply::new(200, "<CompleteMultipartUploadResult/>");
            let replies = vec![Reply::new(200, left), parts(crc), part(), part(), done];
            let replies = if crc == "other" { replies } else { [&replies[..3], &replies[4..]].concat() };
            let server = Canned::start(replies).await;
            upload_file(&session(&server), "b", "k", file(PART as usize + 1).path(), &|_| {}).await.unwrap();
            assert!(server.operations().iter().all(|call| !call.starts_with("POST /b/k?uploads")), "it began anew");
            let last = server.asked().pop().unwrap().body;
            (server.operations().iter().filter(|call| call.contains("partNumber=")).count(), last)
        };
        let same = BASE64.encode(crc32fast::hash(&vec![b'x'; PART as usize]).to_be_bytes());
        let (sent, completed) = sent_of(&same).await;
        assert_eq!(sent, 1);
        assert!(completed.contains("one") && completed.contains("new"), "{completed}");
        let (sent, completed) = sent_of("other").await;
        assert_eq!((sent, completed.contains("one")), (2, false), "{completed}");
    }

    #[test]
    fn parts_cover_the_file() {
        for size in [PART, PART + 1, 3 * PART, 3 * PART - 1] {
            let all: Vec<_> = pieces(size).collect();
            assert_eq!(all.iter().map(|(_, length)| length).sum::<u64>(), size);
            assert!(all.windows(2).all(|w| w[0].0 + w[0].1 == w[1].0));
        }
        let huge = 200 * 1024 * 1024 * 1024;
        assert!(pieces(huge).count() as u64 <= MAX_PARTS);
    }

    #[test]
    fn etags_are_those_of_s3() {
        // md5sum of nothing, and of 8 MiB of x's digest followed by that of one more x.
        assert_eq!(multipart_etag(file(0).path()).unwrap(), "d41d8cd98f00b204e9800998ecf8427e");
        let mut whole = Md5::new();
        whole.update(Md5::digest(vec![b'x'; PART as usize]));
        whole.update(Md5::digest(b"x"));
        let expected = format!("{}-2", hex::encode(whole.finalize()));
        assert_eq!(multipart_etag(file(PART as usize + 1).path()).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_small_file_is_one_call() {
        let server = Canned::start(vec![Reply::new(200, "")]).await;
        let sent = AtomicU64::new(0);
        let add = |bytes| {
            sent.fetch_add(bytes, Ordering::Relaxed);
        };
        upload_file(&session(&server), "b", "staging/a.csv", file(5).path(), &add).await.unwrap();
        let asked = &server.asked()[0];
        assert_eq!((asked.method.as_str(), asked.body.as_str()), ("PUT", "xxxxx"));
        assert!(asked.header("x-amz-checksum-crc32").is_some());
        assert_eq!(asked.header("x-amz-expected-bucket-owner"), Some("123456789012"));
        assert_eq!(sent.load(Ordering::Relaxed), 5);
    }

    #[tokio::test]
    async fn an_upload_that_fails_is_aborted() {
        let begun = "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>";
        let server = Canned::start(vec![
            nothing_unfinished(),
            Reply::new(200, begun),
            Reply::s3_error(403, "AccessDenied", "Access Denied"),
            Reply::s3_error(403, "AccessDenied", "Access Denied"),
            Reply::new(204, ""),
            Reply::new(204, ""),
        ])
        .await;
        let error =
            upload_file(&session(&server), "b", "k", file(PART as usize + 1).path(), &|_| {}).await.unwrap_err();
        assert_eq!(error.code(), "access-denied");
        assert!(server.operations().iter().any(|o| o.starts_with("DELETE /b/k") && o.contains("uploadId=U1")));
    }

    #[tokio::test]
    async fn parts_are_listed_in_order_with_their_checksums() {
        let begun = "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>";
        let part = |etag: &str| Reply::new(200, "").header("etag", etag).header("x-amz-checksum-crc32", "AAAAAA==");
        let server = Canned::start(vec![
            nothing_unfinished(),
            Reply::new(200, begun),
            part("\"e\""),
            part("\"e\""),
            Reply::new(200, "<CompleteMultipartUploadResult/>"),
        ])
        .await;
        upload_file(&session(&server), "b", "k", file(PART as usize + 1).path(), &|_| {}).await.unwrap();
        let last = server.asked().pop().unwrap().body;
        let first = last.find("<PartNumber>1</PartNumber>").unwrap();
        assert!(first < last.find("<PartNumber>2</PartNumber>").unwrap(), "{last}");
        assert_eq!(last.matches("<ChecksumCRC32>AAAAAA==</ChecksumCRC32>").count(), 2);
    }
}
