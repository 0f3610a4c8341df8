//! `ListObjects` and `ListObjectsV2`, and how all listings are cut into pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as TOKEN;
use s3s::dto::*;
use s3s::{S3Request, S3Result};

use super::refuse::invalid_argument;
use super::{bucket, keyspace, object};
use crate::local::store::Store;

/// The most entries of one page.
const MOST: usize = 1000;

/// One entry of a listing.
#[derive(Debug, PartialEq)]
pub enum Listed<T> {
    /// A key and what it is.
    Item(String, T),
    /// All keys that are alike up to the delimiter.
    Prefix(String),
}

impl<T> Listed<T> {
    /// Where the next page goes on.
    pub fn name(&self) -> &str {
        match self {
            Listed::Item(key, _) => key,
            Listed::Prefix(prefix) => prefix,
        }
    }
}

/// One page of a listing.
#[derive(Debug, PartialEq)]
pub struct Page<T> {
    /// Keys and common prefixes, in order.
    pub items: Vec<Listed<T>>,
    /// Whether there is more.
    pub truncated: bool,
}

/// Cuts a page from sorted keys, all of which begin with `prefix` and come after the last page. `after` is the name
/// that the last page ended with: when it was a common prefix, all of that is over.
pub fn page<T>(
    keys: impl IntoIterator<Item = (String, T)>,
    prefix: &str,
    delimiter: Option<&str>,
    after: &str,
    most: usize,
) -> Page<T> {
    let mut items: Vec<Listed<T>> = Vec::new();
    let delimiter = delimiter.filter(|d| !d.is_empty());
    for (key, value) in keys {
        let cut = delimiter.and_then(|d| Some(prefix.len() + key[prefix.len()..].find(d)? + d.len()));
        let entry = match cut {
            Some(cut) => Listed::Prefix(key[..cut].to_owned()),
            None => Listed::Item(key, value),
        };
        let repeated = |prefix: &str| prefix == after || items.last().is_some_and(|last| last.name() == prefix);
        if matches!(&entry, Listed::Prefix(prefix) if repeated(prefix)) {
            continue;
        }
        if items.len() == most {
            // Nobody can go on from a page of nothing.
            return Page { items, truncated: most > 0 };
        }
        items.push(entry);
    }
    Page { items, truncated: false }
}

/// How many entries are wanted: at most a thousand.
pub fn limit(asked: Option<i32>) -> S3Result<usize> {
    match asked {
        None => Ok(MOST),
        Some(n) => usize::try_from(n)
            .map(|n| n.min(MOST))
            .map_err(|_| invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647")),
    }
}

/// A key as the caller wants to see it: percent-encoded, if so.
pub fn encode(text: &str, encoding: Option<&EncodingType>) -> String {
    if encoding.is_none_or(|e| e.as_str() != EncodingType::URL) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What both versions of the listing ask for.
struct Query<'a> {
    bucket: &'a str,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    after: &'a str,
    most: usize,
    encoding: Option<&'a EncodingType>,
    owner: bool,
}

struct Found {
    contents: Vec<Object>,
    prefixes: Vec<CommonPrefix>,
    /// The last name, when there is more.
    next: Option<String>,
}

async fn find(store: &Store, query: Query<'_>) -> S3Result<Found> {
    bucket::find(store, query.bucket)?;
    let keys = keyspace::keys(store, query.bucket, query.prefix);
    let keys = keys.into_iter().filter(|key| key.as_str() > query.after).map(|key| (key, ()));
    let page = page(keys, query.prefix, query.delimiter, query.after, query.most);
    let next = page.items.last().filter(|_| page.truncated).map(|item| item.name().to_owned());
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    for item in page.items {
        match item {
            Listed::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(encode(&prefix, query.encoding)) }),
            Listed::Item(key, ()) => {
                // It may be gone since the folders were read.
                let Some(found) = object::current(store, query.bucket, &key).await? else { continue };
                let algorithms = found.object.checksums.algorithms().into_iter().map(ChecksumAlgorithm::from_static);
                contents.push(Object {
                    checksum_algorithm: Some(algorithms.collect()),
                    e_tag: Some(ETag::Strong(found.object.etag.clone())),
                    key: Some(encode(&key, query.encoding)),
                    last_modified: Some(found.object.last_modified()),
                    owner: query.owner.then(|| bucket::owner(store)),
                    size: i64::try_from(found.object.size).ok(),
                    storage_class: Some(storage_class(&found.object)),
                    ..Default::default()
                });
            }
        }
    }
    Ok(Found { contents, prefixes, next })
}

fn storage_class(object: &super::object::Object) -> ObjectStorageClass {
    let class = object.attributes.storage_class.clone();
    ObjectStorageClass::from(class.unwrap_or_else(|| ObjectStorageClass::STANDARD.to_owned()))
}

/// `ListObjectsV2`.
pub async fn v2(store: &Store, request: S3Request<ListObjectsV2Input>) -> S3Result<ListObjectsV2Output> {
    let input = request.input;
    let most = limit(input.max_keys)?.min(store.page_size());
    let token = input.continuation_token.as_ref().map(|token| {
        let bytes = TOKEN.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        bytes.ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))
    });
    let after = match token {
        Some(token) => token?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    let query = Query {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or(""),
        delimiter: input.delimiter.as_deref(),
        after: &after,
        most,
        encoding: input.encoding_type.as_ref(),
        owner: input.fetch_owner == Some(true),
    };
    let found = find(store, query).await?;
    let encode = |text: &String| encode(text, input.encoding_type.as_ref());
    Ok(ListObjectsV2Output {
        prefix: Some(input.prefix.as_ref().map(&encode).unwrap_or_default()),
        max_keys: i32::try_from(most).ok(),
        key_count: i32::try_from(found.contents.len() + found.prefixes.len()).ok(),
        continuation_token: input.continuation_token.clone(),
        is_truncated: Some(found.next.is_some()),
        next_continuation_token: found.next.map(|name| TOKEN.encode(name)),
        contents: Some(found.contents),
        common_prefixes: Some(found.prefixes),
        delimiter: input.delimiter.as_ref().map(&encode),
        start_after: input.start_after.as_ref().map(&encode),
        encoding_type: input.encoding_type.clone(),
        name: Some(input.bucket),
        ..Default::default()
    })
}

/// `ListObjects`.
pub async fn v1(store: &Store, request: S3Request<ListObjectsInput>) -> S3Result<ListObjectsOutput> {
    let input = request.input;
    let most = limit(input.max_keys)?.min(store.page_size());
    let query = Query {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or(""),
        delimiter: input.delimiter.as_deref(),
        after: input.marker.as_deref().unwrap_or(""),
        most,
        encoding: input.encoding_type.as_ref(),
        owner: true,
    };
    let found = find(store, query).await?;
    let encode = |text: &String| encode(text, input.encoding_type.as_ref());
    Ok(ListObjectsOutput {
        prefix: Some(input.prefix.as_ref().map(&encode).unwrap_or_default()),
        marker: Some(input.marker.as_ref().map(&encode).unwrap_or_default()),
        max_keys: i32::try_from(most).ok(),
        is_truncated: Some(found.next.is_some()),
        contents: Some(found.contents),
        common_prefixes: Some(found.prefixes),
        // Without a delimiter the last key is where to go on, and this member is left out.
        next_marker: found.next.as_ref().filter(|_| input.delimiter.is_some()).map(&encode),
        delimiter: input.delimiter.as_ref().map(&encode),
        encoding_type: input.encoding_type.clone(),
        name: Some(input.bucket),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(keys: &[&str], prefix: &str, delimiter: Option<&str>, after: &str, most: usize) -> (Vec<String>, bool) {
        let keys = keys.iter().filter(|k| k.starts_with(prefix) && **k > after).map(|k| ((*k).to_owned(), ()));
        let page = page(keys, prefix, delimiter, after, most);
        (page.items.iter().map(|i| i.name().to_owned()).collect(), page.truncated)
    }

    #[test]
    fn delimiters_roll_up() {
        let keys = ["a", "b/1", "b/2", "b/c/3", "d"];
        assert_eq!(names(&keys, "", Some("/"), "", 9), (vec!["a".into(), "b/".into(), "d".into()], false));
        assert_eq!(names(&keys, "", Some("/"), "", 2), (vec!["a".into(), "b/".into()], true));
        assert_eq!(names(&keys, "", Some("/"), "b/", 2), (vec!["d".into()], false));
        // A start inside a common prefix still shows it.
        assert_eq!(names(&keys, "", Some("/"), "b/1", 2), (vec!["b/".into(), "d".into()], false));
        assert_eq!(names(&keys, "b/", Some("/"), "", 9), (vec!["b/1".into(), "b/2".into(), "b/c/".into()], false));
        assert_eq!(names(&keys, "", None, "", 0), (vec![], false));
    }

    #[test]
    fn encoding() {
        let url = EncodingType::from_static(EncodingType::URL);
        assert_eq!(encode("a b+c/ü", Some(&url)), "a%20b%2Bc/%C3%BC");
        assert_eq!(encode("a b", None), "a b");
    }

    proptest! {
        /// Page by page or all at once: the same.
        #[test]
        fn pages_add_up(keys in proptest::collection::btree_set("[ab/]{1,5}", 0..40), most in 1usize..7, slash: bool) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let delimiter = slash.then_some("/");
            let (all, _) = names(&keys, "", delimiter, "", usize::MAX);
            let (mut paged, mut after) = (Vec::new(), String::new());
            loop {
                let (items, truncated) = names(&keys, "", delimiter, &after, most);
                after = items.last().cloned().unwrap_or_default();
                paged.extend(items);
                if !truncated { break }
            }
            prop_assert_eq!(paged, all);
        }
    }
}
