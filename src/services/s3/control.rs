//! Our own folder in a bucket, `pipectl/<base>/`, and the folders beside it.

use crate::aws::{Call, Session};
use crate::error::Result;

/// Whether an object is one that `apply` generates: a script or the flow document, not the lock and no run's record.
pub fn is_generated(key: &str, control: &str) -> bool {
    key.strip_prefix(control).is_some_and(|rest| rest == "flow.json" || rest.starts_with("scripts/"))
}

/// The folders at the top of a bucket, with a slash at their end; at most the first thousand.
pub async fn folders(aws: &Session, bucket: &str) -> Result<Vec<String>> {
    let call = aws.s3.list_objects_v2().bucket(bucket).delimiter("/").expected_bucket_owner(&aws.account);
    let page = call.send().await.call("s3:ListBucket")?;
    let folders = page.common_prefixes().iter().filter_map(|prefix| prefix.prefix.clone());
    Ok(folders.filter(|folder| folder != "pipectl/").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_told_from_records() {
        let control = "pipectl/spotify-dev/";
        let generated = |rest: &str| is_generated(&format!("{control}{rest}"), control);
        assert!(generated("flow.json") && generated("scripts/spotify.py"));
        assert!(!generated("lock.json") && !generated("runs/20260101T000000Z-ab12.json"));
        assert!(!is_generated("pipectl/other/flow.json", control));
    }
}
