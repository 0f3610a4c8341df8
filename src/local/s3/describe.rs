//! An S3 call as the request log shows it: the operation's members by their API names.
//!
//! S3 spreads an operation's members over path, query, headers and an XML document, and names some of them otherwise on
//! the wire; the tables here are of the members that clients of a pipeline send.

use http::Method;
use http::request::Parts;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use crate::local::keys::percent_decode;

/// Query parameters and headers, and the members they are.
const NAMES: &[(&str, &str)] = &[
    ("prefix", "Prefix"),
    ("delimiter", "Delimiter"),
    ("marker", "Marker"),
    ("max-keys", "MaxKeys"),
    ("start-after", "StartAfter"),
    ("continuation-token", "ContinuationToken"),
    ("encoding-type", "EncodingType"),
    ("fetch-owner", "FetchOwner"),
    ("key-marker", "KeyMarker"),
    ("version-id-marker", "VersionIdMarker"),
    ("upload-id-marker", "UploadIdMarker"),
    ("max-uploads", "MaxUploads"),
    ("max-parts", "MaxParts"),
    ("part-number-marker", "PartNumberMarker"),
    ("partNumber", "PartNumber"),
    ("uploadId", "UploadId"),
    ("versionId", "VersionId"),
    ("max-buckets", "MaxBuckets"),
    ("bucket-region", "BucketRegion"),
    ("cache-control", "CacheControl"),
    ("content-disposition", "ContentDisposition"),
    ("content-encoding", "ContentEncoding"),
    ("content-language", "ContentLanguage"),
    ("content-md5", "ContentMD5"),
    ("content-type", "ContentType"),
    ("if-match", "IfMatch"),
    ("if-none-match", "IfNoneMatch"),
    ("if-modified-since", "IfModifiedSince"),
    ("if-unmodified-since", "IfUnmodifiedSince"),
    ("range", "Range"),
    ("x-amz-acl", "ACL"),
    ("x-amz-checksum-mode", "ChecksumMode"),
    ("x-amz-checksum-type", "ChecksumType"),
    ("x-amz-sdk-checksum-algorithm", "ChecksumAlgorithm"),
    ("x-amz-checksum-algorithm", "ChecksumAlgorithm"),
    ("x-amz-checksum-crc32", "ChecksumCRC32"),
    ("x-amz-checksum-crc32c", "ChecksumCRC32C"),
    ("x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"),
    ("x-amz-checksum-sha1", "ChecksumSHA1"),
    ("x-amz-checksum-sha256", "ChecksumSHA256"),
    ("x-amz-copy-source", "CopySource"),
    ("x-amz-copy-source-range", "CopySourceRange"),
    ("x-amz-metadata-directive", "MetadataDirective"),
    ("x-amz-tagging-directive", "TaggingDirective"),
    ("x-amz-expected-bucket-owner", "ExpectedBucketOwner"),
    ("x-amz-source-expected-bucket-owner", "ExpectedSourceBucketOwner"),
    ("x-amz-object-ownership", "ObjectOwnership"),
    ("x-amz-server-side-encryption", "ServerSideEncryption"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"),
    ("x-amz-storage-class", "StorageClass"),
    ("x-amz-tagging", "Tagging"),
    ("x-amz-transition-default-minimum-object-size", "TransitionDefaultMinimumObjectSize"),
];

/// Members of objects that with a document are only how its bytes travel.
const OF_THE_BODY: &[&str] =
    &["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256", "ContentType"];

/// The root elements of documents, and the members they are.
const DOCUMENTS: &[(&str, &str)] = &[
    ("CompleteMultipartUpload", "MultipartUpload"),
    ("CreateBucketConfiguration", "CreateBucketConfiguration"),
    ("Delete", "Delete"),
    ("LifecycleConfiguration", "LifecycleConfiguration"),
    ("OwnershipControls", "OwnershipControls"),
    ("PublicAccessBlockConfiguration", "PublicAccessBlockConfiguration"),
    ("ServerSideEncryptionConfiguration", "ServerSideEncryptionConfiguration"),
    ("Tagging", "Tagging"),
    ("VersioningConfiguration", "VersioningConfiguration"),
];

/// Elements that stand once per item of a list, and the member that the list is.
const ITEMS: &[(&str, &str)] = &[
    ("NoncurrentVersionTransition", "NoncurrentVersionTransitions"),
    ("Object", "Objects"),
    ("Part", "Parts"),
    ("Rule", "Rules"),
    ("Tag", "Tags"),
    ("Transition", "Transitions"),
];

/// Members that are numbers.
const NUMBERS: &[&str] = &[
    "Days",
    "DaysAfterInitiation",
    "MaxBuckets",
    "MaxKeys",
    "MaxParts",
    "MaxUploads",
    "NewerNoncurrentVersions",
    "NoncurrentDays",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
    "PartNumber",
    "PartNumberMarker",
];

/// Whether the body is a small document rather than an object's content.
pub fn has_document(parts: &Parts) -> bool {
    let multipart =
        parts.headers.get(http::header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"multipart/"));
    let of_bucket = parts.uri.path().trim_matches('/').split('/').count() == 1;
    let sub = |name: &str| query(parts).iter().any(|(n, _)| n == name);
    (parts.method == Method::PUT && (of_bucket || sub("tagging")))
        || (parts.method == Method::POST && !multipart && (of_bucket || sub("uploadId")))
}

/// Whether the call makes a bucket, in a document that holds more than s3s reads of it.
pub fn makes_bucket(parts: &Parts) -> bool {
    let of_bucket = parts.uri.path().trim_matches('/').split('/').count() == 1;
    parts.method == Method::PUT
        && of_bucket
        && parts.uri.query().unwrap_or_default().split('&').all(|p| p.is_empty() || p.starts_with("x-id="))
}

/// The tags that a new bucket is made with: key and value.
pub fn tags_of_new_bucket(document: &[u8]) -> Vec<(String, String)> {
    let document = read_xml(document).map(|(_, value)| value).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = document["Tags"].as_array().into_iter().flatten();
    tags.map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
}

/// The input of the call; `document` is its body, where [`has_document`].
pub fn input(parts: &Parts, document: &[u8]) -> Value {
    let mut input = Map::new();
    let path = parts.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    for (name, text) in [("Bucket", bucket), ("Key", key)] {
        if !text.is_empty() {
            input.insert(name.to_owned(), percent_decode(text).unwrap_or_else(|| text.to_owned()).into());
        }
    }
    let headers =
        parts.headers.iter().map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
    let mut metadata = Map::new();
    for (name, text) in query(parts).into_iter().chain(headers) {
        if let Some(name) = name.strip_prefix("x-amz-meta-") {
            metadata.insert(name.to_owned(), text.into());
        } else if let Some((_, member)) = NAMES.iter().find(|(wire, _)| *wire == name)
            && !(has_document(parts) && OF_THE_BODY.contains(member))
        {
            input.insert((*member).to_owned(), scalar(member, text));
        }
    }
    if parts.method == Method::PUT && !key.is_empty() && !has_document(parts) && !input.contains_key("CopySource") {
        let length =
            ["x-amz-decoded-content-length", "content-length"].iter().find_map(|name| parts.headers.get(*name));
        if let Some(length) = length.and_then(|v| v.to_str().ok()?.parse::<u64>().ok()) {
            input.insert("ContentLength".to_owned(), length.into());
        }
    }
    if !metadata.is_empty() {
        input.insert("Metadata".to_owned(), metadata.into());
    }
    if document.starts_with(b"{") && query(parts).iter().any(|(name, _)| name == "policy") {
        input.insert("Policy".to_owned(), String::from_utf8_lossy(document).into());
    } else if let Some((root, value)) = read_xml(document)
        && let Some((_, member)) = DOCUMENTS.iter().find(|(element, _)| *element == root)
    {
        input.insert((*member).to_owned(), value);
    }
    input.into()
}

fn query(parts: &Parts) -> Vec<(String, String)> {
    let pairs = parts.uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty());
    let decode = |text: &str| percent_decode(&text.replace('+', " ")).unwrap_or_else(|| text.to_owned());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn scalar(member: &str, text: String) -> Value {
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        number if NUMBERS.contains(&member) => number.parse::<i64>().map_or(Value::Null, Value::from),
        _ => Value::String(text),
    }
}

/// The root element's name and content.
fn read_xml(document: &[u8]) -> Option<(String, Value)> {
    let mut reader = quick_xml::Reader::from_reader(document);
    reader.config_mut().expand_empty_elements = true;
    // Each open element: its name, its members so far, its text so far.
    let mut open: Vec<(String, Map<String, Value>, String)> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                open.push((
                    String::from_utf8_lossy(start.local_name().as_ref()).into_owned(),
                    Map::new(),
                    String::new(),
                ));
            }
            Event::Text(text) => {
                if let Some((_, _, so_far)) = open.last_mut() {
                    so_far.push_str(&text.decode().ok()?);
                }
            }
            Event::GeneralRef(reference) => {
                let (_, _, so_far) = open.last_mut()?;
                match reference.resolve_char_ref().ok()? {
                    Some(c) => so_far.push(c),
                    None => so_far.push_str(quick_xml::escape::resolve_predefined_entity(&reference.decode().ok()?)?),
                }
            }
            Event::End(_) => {
                let (name, members, text) = open.pop()?;
                let value = close(&name, members, text);
                match open.last_mut() {
                    None => return Some((name, value)),
                    Some((above, parent, _)) => add(above, parent, &name, value),
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn close(name: &str, mut members: Map<String, Value>, text: String) -> Value {
    match name {
        // The lists with an element around their items.
        "TagSet" | "Tags" => members.remove("Tags").unwrap_or_else(|| Value::Array(Vec::new())),
        _ if members.is_empty() => scalar(name, text),
        _ => members.into(),
    }
}

fn add(above: &str, parent: &mut Map<String, Value>, name: &str, value: Value) {
    // A filter's tag is one, no list.
    let single = above == "Filter" && name == "Tag";
    let list = ITEMS.iter().find(|(item, _)| *item == name && !single).map(|(_, list)| *list);
    match list {
        Some(list) => {
            if let Value::Array(items) = parent.entry(list).or_insert_with(|| Value::Array(Vec::new())) {
                items.push(value);
            }
        }
        None => {
            parent.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn members_come_from_path_query_and_headers() {
        let request = http::Request::put("/bucket/a%20b/c?partNumber=2&uploadId=u%2B1")
            .header("x-amz-expected-bucket-owner", "123456789012")
            .header("x-amz-meta-sha", "ff")
            .header("content-length", "7")
            .header("host", "localhost");
        let parts = parts(request);
        assert!(!has_document(&parts));
        assert_eq!(
            input(&parts, b""),
            json!({ "Bucket": "bucket", "Key": "a b/c", "PartNumber": 2, "UploadId": "u+1",
                "ExpectedBucketOwner": "123456789012", "ContentLength": 7, "Metadata": { "sha": "ff" } })
        );
    }

    #[test]
    fn documents_become_members() {
        let parts = parts(http::Request::put("/bucket?tagging"));
        assert!(has_document(&parts));
        let tags = b"<?xml version=\"1.0\"?><Tagging xmlns=\"u\"><TagSet><Tag><Key>k&amp;</Key><Value>&#252;</Value></Tag></TagSet></Tagging>";
        assert_eq!(
            input(&parts, tags),
            json!({ "Bucket": "bucket", "Tagging": { "TagSet": [{ "Key": "k&", "Value": "ü" }] } })
        );
        let delete = b"<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object><Quiet>true</Quiet></Delete>";
        assert_eq!(
            input(&parts, delete)["Delete"],
            json!({ "Objects": [{ "Key": "a" }, { "Key": "b" }], "Quiet": true })
        );
        let rules = b"<LifecycleConfiguration><Rule><ID>x</ID><Filter><Prefix/></Filter><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>";
        assert_eq!(
            input(&parts, rules)["LifecycleConfiguration"],
            json!({ "Rules": [{ "ID": "x", "Filter": { "Prefix": "" }, "Expiration": { "Days": 3 } }] })
        );
        assert_eq!(input(&parts, b"<not xml"), json!({ "Bucket": "bucket" }));
        let make = b"<CreateBucketConfiguration><Tags><Tag><Key>k</Key><Value>v</Value></Tag></Tags></CreateBucketConfiguration>";
        let tags = json!({ "Tags": [{ "Key": "k", "Value": "v" }] });
        assert_eq!(input(&parts, make)["CreateBucketConfiguration"], tags);
        assert_eq!(tags_of_new_bucket(make), [("k".to_owned(), "v".to_owned())]);
        assert_eq!(tags_of_new_bucket(b""), []);
    }
}
