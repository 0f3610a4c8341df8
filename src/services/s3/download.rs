//! Objects to local files.

use std::path::Path;

use tokio::io::AsyncWriteExt;

use crate::aws::{Call, Session};
use crate::error::{Error, Kind, Result};

/// Writes the object at `uri` to `path`: whole, or not at all. Gives its bytes. Needs `s3:GetObject`.
///
/// Errors: those of S3, `aws-unreachable` when the answer breaks off, and those of the file.
pub async fn download(aws: &Session, uri: &str, path: &Path) -> Result<u64> {
    let place = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    let (bucket, key) = place.ok_or_else(|| Error::bug(format!("`{uri}` is no object of S3")))?;
    let got = aws.s3.get_object().bucket(bucket).key(key).expected_bucket_owner(&aws.account).send().await;
    let mut body = got.call("s3:GetObject")?.body;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file beside it takes its name when it is whole.
    let temp = tempfile::Builder::new().prefix(".pipectl-").tempfile_in(folder);
    let temp = temp.map_err(|e| Error::io("create a file in", folder, e))?;
    let written = |e| Error::io("write", path, e);
    let mut file = tokio::fs::File::from_std(temp.as_file().try_clone().map_err(written)?);
    let mut bytes = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|e| {
            Error::new(Kind::Aws, "aws-unreachable", format!("reading `{uri}` broke off: {e}"))
                .with_help("run the command again")
        })?;
        file.write_all(&chunk).await.map_err(written)?;
        bytes += chunk.len() as u64;
    }
    file.flush().await.map_err(written)?;
    drop(file);
    temp.persist(path).map_err(|e| Error::io("write", path, e.error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    #[tokio::test]
    async fn an_object_arrives_whole_or_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let server = Canned::start(vec![Reply::new(200, "x,y\n"), Reply::s3_error(404, "NoSuchKey", "none")]).await;
        let aws = session(&server);
        assert_eq!(download(&aws, "s3://b/results/a.csv", &path).await.unwrap(), 4);
        assert_eq!(server.operations(), ["GET /b/results/a.csv?x-id=GetObject"]);
        assert_eq!(download(&aws, "s3://b/gone.csv", &path).await.unwrap_err().aws_code(), Some("NoSuchKey"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x,y\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("none/a.csv");
        let server = Canned::start(vec![Reply::new(200, "x")]).await;
        assert!(download(&session(&server), "s3://b/a.csv", &nowhere).await.is_err());
    }
}
