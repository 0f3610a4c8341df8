//! S3 URIs as Spark can read them here: those of the buckets' folders.

use crate::local::store::Store;

const SCHEMES: [&str; 3] = ["s3://", "s3a://", "s3n://"];

/// An argument: what is a URI of a bucket that exists becomes that of its folder.
pub fn local(store: &Store, value: &str) -> String {
    match SCHEMES.iter().find_map(|scheme| value.strip_prefix(scheme)) {
        Some(rest) => folder(store, rest).map_or_else(|| value.to_owned(), |path| format!("{path}{}", key_of(rest))),
        None => value.to_owned(),
    }
}

/// A text: the same wherever such a URI stands in it. One that is put together as the script runs is not seen.
pub fn local_in_text(store: &Store, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, scheme)) = SCHEMES.iter().filter_map(|s| Some((rest.find(s)?, s))).min_by_key(|(at, _)| *at) {
        let after = &rest[at + scheme.len()..];
        out.push_str(&rest[..at]);
        match folder(store, after) {
            Some(path) => {
                out.push_str(&path);
                rest = &after[bucket_of(after).len()..];
            }
            None => {
                out.push_str(scheme);
                rest = after;
            }
        }
    }
    out + rest
}

/// The folder of the bucket that `rest` begins with, as a URI without a slash at its end.
fn folder(store: &Store, rest: &str) -> Option<String> {
    let bucket = bucket_of(rest);
    let path = store.objects_dir(bucket);
    (!bucket.is_empty() && path.is_dir()).then(|| format!("file://{}", path.display()))
}

fn bucket_of(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.'));
    rest[..end.unwrap_or(rest.len())].trim_end_matches('.')
}

fn key_of(rest: &str) -> &str {
    &rest[bucket_of(rest).len()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Options;

    #[test]
    fn uris_of_buckets_that_exist_become_folders() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(root.path())).unwrap();
        std::fs::create_dir_all(store.objects_dir("lake")).unwrap();
        let lake = format!("file://{}", store.objects_dir("lake").display());
        assert_eq!(local(&store, "s3://lake/staging/"), format!("{lake}/staging/"));
        assert_eq!(local(&store, "s3a://lake"), lake);
        for other in ["s3://elsewhere/x", "lake", "x s3://lake/", "s3://", ""] {
            assert_eq!(local(&store, other), other);
        }
        let text = "spark.read.csv(\"s3://lake/a.csv\")\nopen('s3n://other/b') # s3://lake. s3://lakes/";
        let expected = format!("spark.read.csv(\"{lake}/a.csv\")\nopen('s3n://other/b') # {lake}. s3://lakes/");
        assert_eq!(local_in_text(&store, text), expected);
    }
}
