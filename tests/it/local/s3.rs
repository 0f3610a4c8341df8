//! S3 through the AWS SDK: what pipectl itself relies on.

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload,
    CompletedPart, CreateBucketConfiguration, Delete, ObjectIdentifier, VersioningConfiguration,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::cloud::{TestCloud, code};

#[tokio::test]
async fn every_checksum_is_kept_and_held_against_the_content() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("sums").send().await.expect("made");
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = s3.put_object().bucket("sums").key("k").checksum_algorithm(algorithm.clone());
        put.body(ByteStream::from_static(b"content")).send().await.expect("put");
        // The client checks what comes back against this sum.
        let got =
            s3.get_object().bucket("sums").key("k").checksum_mode(ChecksumMode::Enabled).send().await.expect("got");
        let sums = [
            got.checksum_crc32(),
            got.checksum_crc32_c(),
            got.checksum_crc64_nvme(),
            got.checksum_sha1(),
            got.checksum_sha256(),
        ];
        assert_eq!(sums.iter().flatten().count(), 1, "{algorithm}: {sums:?}");
        assert_eq!(got.body.collect().await.expect("whole").into_bytes().as_ref(), b"content");
    }
    let wrong =
        s3.put_object().bucket("sums").key("k").checksum_crc32_c("AAAAAA==").body(ByteStream::from_static(b"x"));
    assert_eq!(code(wrong.send().await), "BadDigest");
    let left = s3.get_object().bucket("sums").key("k").send().await.expect("got");
    assert_eq!(left.body.collect().await.expect("whole").into_bytes().as_ref(), b"content");
}

#[tokio::test]
async fn a_bucket_is_made_with_its_tags() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    let tag = |key: &str| aws_sdk_s3::types::Tag::builder().key(key).value("ü & <v>").build().expect("whole");
    let with = |tags: Vec<_>| CreateBucketConfiguration::builder().set_tags(Some(tags)).build();
    s3.create_bucket()
        .bucket("tagged")
        .create_bucket_configuration(with(vec![tag("a"), tag("b")]))
        .send()
        .await
        .expect("made");
    let got = s3.get_bucket_tagging().bucket("tagged").send().await.expect("got");
    assert_eq!(got.tag_set(), [tag("a"), tag("b")]);
    let twice = s3.create_bucket().bucket("twice").create_bucket_configuration(with(vec![tag("a"), tag("a")]));
    assert_eq!(code(twice.send().await), "InvalidTag");
    assert_eq!(code(s3.get_bucket_tagging().bucket("twice").send().await), "NoSuchBucket");
    s3.create_bucket().bucket("plain").send().await.expect("made");
    assert_eq!(code(s3.get_bucket_tagging().bucket("plain").send().await), "NoSuchTagSet");
}

#[tokio::test]
async fn parts_carry_checksums_of_both_kinds() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("parts").send().await.expect("made");
    let first = vec![7_u8; 5 * 1024 * 1024];
    for (algorithm, composite) in [(ChecksumAlgorithm::Sha256, true), (ChecksumAlgorithm::Crc64Nvme, false)] {
        let begun =
            s3.create_multipart_upload().bucket("parts").key("k").checksum_algorithm(algorithm.clone()).send().await;
        let id = begun.expect("begun").upload_id.expect("an id");
        let mut done = CompletedMultipartUpload::builder();
        for (number, body) in [(1, first.clone()), (2, b"end".to_vec())] {
            let part = s3.upload_part().bucket("parts").key("k").upload_id(&id).part_number(number);
            let part = part.checksum_algorithm(algorithm.clone()).body(body.into()).send().await.expect("uploaded");
            done = done.parts(CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build());
        }
        let complete = s3.complete_multipart_upload().bucket("parts").key("k").upload_id(&id);
        let complete = complete.multipart_upload(done.build()).send().await.expect("complete");
        let sum = complete.checksum_sha256().or(complete.checksum_crc64_nvme()).expect("a sum");
        assert_eq!(sum.ends_with("-2"), composite, "{sum}");
        let head =
            s3.head_object().bucket("parts").key("k").checksum_mode(ChecksumMode::Enabled).send().await.expect("there");
        assert_eq!(head.checksum_sha256().or(head.checksum_crc64_nvme()), Some(sum));
        assert_eq!(head.content_length(), Some(5 * 1024 * 1024 + 3));
    }
}

#[tokio::test]
async fn a_versioned_bucket_is_empty_only_without_versions() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("versioned").send().await.expect("made");
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket("versioned").versioning_configuration(on).send().await.expect("on");
    for key in ["a", "b"] {
        for body in ["1", "2"] {
            let put = s3.put_object().bucket("versioned").key(key).body(body.as_bytes().to_vec().into()).send().await;
            assert!(put.expect("put").version_id().is_some());
        }
        s3.delete_object().bucket("versioned").key(key).send().await.expect("deleted");
    }
    assert_eq!(s3.list_objects_v2().bucket("versioned").send().await.expect("listed").key_count(), Some(0));
    assert_eq!(code(s3.delete_bucket().bucket("versioned").send().await), "BucketNotEmpty");
    let listed = s3.list_object_versions().bucket("versioned").send().await.expect("listed");
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (4, 2));
    let versions = listed.versions().iter().map(|v| (v.key(), v.version_id()));
    let markers = listed.delete_markers().iter().map(|m| (m.key(), m.version_id()));
    let every = versions.chain(markers).map(|(key, id)| {
        ObjectIdentifier::builder().key(key.expect("a key")).version_id(id.expect("an id")).build().expect("whole")
    });
    let delete = Delete::builder().set_objects(Some(every.collect())).quiet(true).build().expect("whole");
    let deleted = s3.delete_objects().bucket("versioned").delete(delete).send().await.expect("deleted");
    assert!(deleted.errors().is_empty() && deleted.deleted().is_empty());
    s3.delete_bucket().bucket("versioned").send().await.expect("empty");
    assert!(!cloud.root().join("s3/versioned").exists() && !cloud.root().join("s3-versions/versioned").exists());
}

#[tokio::test]
async fn buckets_outside_us_east_1_want_their_region_named() {
    let cloud = TestCloud::start_in("eu-west-1").await;
    let s3 = cloud.s3();
    let create = |region: Option<&str>| {
        let region = region.map(BucketLocationConstraint::from);
        let configuration = region.map(|r| CreateBucketConfiguration::builder().location_constraint(r).build());
        s3.create_bucket().bucket("regional").set_create_bucket_configuration(configuration).send()
    };
    assert_eq!(code(create(None).await), "IllegalLocationConstraintException");
    assert_eq!(code(create(Some("us-west-2")).await), "IllegalLocationConstraintException");
    create(Some("eu-west-1")).await.expect("made");
    assert_eq!(code(create(Some("eu-west-1")).await), "BucketAlreadyOwnedByYou");
    let head = s3.head_bucket().bucket("regional").send().await.expect("there");
    assert_eq!(head.bucket_region(), Some("eu-west-1"));
}

#[tokio::test]
async fn files_written_into_the_folder_are_objects() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("files").send().await.expect("made");
    let folder = cloud.root().join("s3/files/warehouse/hits/release_year=1999");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("part-0.parquet"), b"PAR1").expect("a file");
    std::fs::create_dir_all(cloud.root().join("s3/files/staging")).expect("a folder");
    let listed = s3.list_objects_v2().bucket("files").send().await.expect("listed");
    let keys: Vec<_> = listed.contents().iter().filter_map(|o| o.key()).collect();
    assert_eq!(keys, ["warehouse/hits/release_year=1999/part-0.parquet"]);
    // A folder that is renamed into place, as a publish does it.
    std::fs::rename(cloud.root().join("s3/files/warehouse/hits"), cloud.root().join("s3/files/warehouse/new"))
        .expect("renamed");
    let listed = s3.list_objects_v2().bucket("files").delimiter("/").prefix("warehouse/").send().await.expect("listed");
    let prefixes: Vec<_> = listed.common_prefixes().iter().filter_map(|p| p.prefix()).collect();
    assert_eq!(prefixes, ["warehouse/new/"]);
    assert_eq!(code(s3.delete_bucket().bucket("files").send().await), "BucketNotEmpty");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("broken").send().await.expect("made");
    let key = s3.put_object().bucket("broken").key("k").body(ByteStream::from_static(b"whole"));
    key.send().await.expect("put");
    // A valid signature for ten bytes, of which the client sends three.
    let (host, path) = presigned_put(&s3, "broken", "k").await;
    let host = host.as_str();
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    let request = format!("PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\nabc");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.shutdown().await.expect("closed");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let left = s3.get_object().bucket("broken").key("k").send().await.expect("there");
    assert_eq!(left.body.collect().await.expect("whole").into_bytes().as_ref(), b"whole");
    let temporary = std::fs::read_dir(cloud.root().join("tmp")).expect("a folder").count();
    assert_eq!(temporary, 0, "a temporary file was left");
}

#[tokio::test]
async fn an_empty_upload_that_asks_to_continue_ends_its_connection() {
    let cloud = TestCloud::start().await;
    let s3 = cloud.s3();
    s3.create_bucket().bucket("empty").send().await.expect("made");
    let (host, path) = presigned_put(&s3, "empty", "k").await;
    for (length, body, closes) in [(0, "", true), (3, "abc", false)] {
        let mut stream = TcpStream::connect(&host).await.expect("it listens");
        let head =
            format!("PUT {path} HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("sent");
        let mut answer = String::new();
        while !answer.contains("HTTP/1.1 200") || !answer.ends_with("\r\n\r\n") {
            let mut chunk = [0; 1024];
            let n = stream.read(&mut chunk).await.expect("answered");
            assert!(n > 0, "{answer}");
            answer.push_str(&String::from_utf8_lossy(&chunk[..n]));
        }
        // The client that asks without a body is never told to continue: it must not use this connection again.
        assert_eq!(answer.contains("100 Continue"), !closes, "{answer}");
        assert_eq!(answer.to_lowercase().contains("connection: close"), closes, "{answer}");
    }
}

/// Host and path of a signed URL that takes an upload.
async fn presigned_put(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) -> (String, String) {
    let minute = PresigningConfig::expires_in(std::time::Duration::from_secs(60)).expect("short");
    let presigned = s3.put_object().bucket(bucket).key(key).presigned(minute).await.expect("signed");
    let url = presigned.uri().strip_prefix("http://").expect("http").to_owned();
    let (host, path) = url.split_once('/').expect("a path");
    (host.to_owned(), format!("/{path}"))
}
