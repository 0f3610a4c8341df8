//! Everything a bucket holds, older versions and delete markers included: only when these are gone is it empty.

use super::delete::Target;
use crate::aws::{Call, Session};
use crate::error::Result;

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What to delete.
    pub target: Target,
    /// Bytes; `None` for a delete marker.
    pub size: Option<u64>,
}

impl Entry {
    /// Whether somebody would miss it: no delete marker, no zero-byte folder marker (ours, the console's or Hadoop's).
    pub fn is_data(&self) -> bool {
        let key = &self.target.key;
        match self.size {
            None => false,
            Some(0) => !key.ends_with('/') && !key.ends_with("_$folder$"),
            Some(_) => true,
        }
    }
}

/// All entries under `prefix`, all pages.
pub(super) async fn list(aws: &Session, bucket: &str, prefix: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    pages(aws, bucket, prefix, |page| {
        entries.extend(page);
        false
    })
    .await?;
    Ok(entries)
}

/// The first entry under `prefix` that `wanted` takes; pages behind it are not read.
pub(super) async fn find(
    aws: &Session,
    bucket: &str,
    prefix: &str,
    wanted: impl Fn(&Entry) -> bool,
) -> Result<Option<Entry>> {
    let mut found = None;
    pages(aws, bucket, prefix, |page| {
        found = page.into_iter().find(&wanted);
        found.is_some()
    })
    .await?;
    Ok(found)
}

/// Reads page by page until `enough` says so.
async fn pages(aws: &Session, bucket: &str, prefix: &str, mut enough: impl FnMut(Vec<Entry>) -> bool) -> Result<()> {
    let (mut key, mut version) = (None, None);
    loop {
        let page = aws
            .s3
            .list_object_versions()
            .bucket(bucket)
            .prefix(prefix)
            .set_key_marker(key.take())
            .set_version_id_marker(version.take())
            .expected_bucket_owner(&aws.account)
            .send()
            .await
            .call("s3:ListBucketVersions")?;
        let versions = page.versions().iter().map(|v| Entry {
            target: target(v.key(), v.version_id()),
            size: Some(v.size().unwrap_or_default().try_into().unwrap_or_default()),
        });
        let markers = page.delete_markers().iter();
        let markers = markers.map(|m| Entry { target: target(m.key(), m.version_id()), size: None });
        if enough(versions.chain(markers).collect())
            || !page.is_truncated().unwrap_or_default()
            || page.next_key_marker().is_none()
        {
            return Ok(());
        }
        (key, version) = (page.next_key_marker, page.next_version_id_marker.filter(|v| !v.is_empty()));
    }
}

fn target(key: Option<&str>, version: Option<&str>) -> Target {
    Target { key: key.unwrap_or_default().to_owned(), version: version.filter(|v| !v.is_empty()).map(str::to_owned) }
}

/// "1,234 objects, 56 MB".
pub(super) fn told(entries: &[&Entry]) -> String {
    let bytes: u64 = entries.iter().filter_map(|e| e.size).sum();
    let objects = if entries.len() == 1 { "object" } else { "objects" };
    format!("{} {objects}, {}", grouped(entries.len() as u64), size(bytes))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size with its unit, thousands as 1000, rounded down beyond kB as the pricing pages count.
fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1000 && unit + 1 < units.len() {
        value /= 1000;
        unit += 1;
    }
    format!("{value} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn entry(key: &str, size: Option<u64>) -> Entry {
        Entry { target: target(Some(key), None), size }
    }

    #[test]
    fn what_somebody_would_miss() {
        assert!(entry("staging/a.csv", Some(5)).is_data());
        assert!(entry("warehouse/empty.parquet", Some(0)).is_data());
        assert!(!entry("staging/", Some(0)).is_data());
        assert!(!entry("warehouse_$folder$", Some(0)).is_data());
        assert!(!entry("staging/a.csv", None).is_data());
    }

    #[test]
    fn counts_in_words() {
        let (a, b) = (entry("a", Some(56_000_000)), entry("b", Some(999_999)));
        assert_eq!(told(&[&a, &b]), "2 objects, 56 MB");
        assert_eq!(told(&[&b]), "1 object, 999 kB");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(0), "0 B");
    }

    #[tokio::test]
    async fn versions_and_markers_of_all_pages() {
        let first = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>\
            <NextVersionIdMarker>v1</NextVersionIdMarker>\
            <Version><Key>a</Key><VersionId>v1</VersionId><Size>3</Size></Version></ListVersionsResult>";
        let second = "<ListVersionsResult><IsTruncated>false</IsTruncated>\
            <DeleteMarker><Key>b</Key><VersionId>v2</VersionId></DeleteMarker></ListVersionsResult>";
        let server = Canned::start(vec![Reply::new(200, first), Reply::new(200, second)]).await;
        let entries = list(&session(&server), "bucket", "").await.unwrap();
        assert_eq!(
            entries.iter().map(|e| (e.target.key.as_str(), e.size)).collect::<Vec<_>>(),
            [("a", Some(3)), ("b", None)]
        );
        let second = &server.asked()[1].path;
        assert!(second.contains("key-marker=a") && second.contains("version-id-marker=v1"), "{second}");
    }
}
