//! Where things lie in S3. Pure; everybody who writes or reads one of these places asks here.
//!
//! ```text
//! s3://<results bucket>/pipectl/<base>/scripts/<pipeline>.py   the PySpark script
//!                                     /flow.json               the flow document
//!                                     /runs/<run id>.json      what a run did
//!                                     /lock.json               the lease of apply
//! <staging><source>/                                           a source's uploaded files
//! <warehouse><table>/                                          a table's files
//! <warehouse>_pipectl/<run id>/                                a run's hidden folder, with metrics.json
//! ```

use crate::manifest::model::{Manifest, Place3};

/// The folder under the warehouse in which runs write before they publish.
pub const HIDDEN: &str = "_pipectl/";

const FLOW: &str = "flow.json";
const SCRIPTS: &str = "scripts/";

/// `pipectl/<base>/`: the folder that is pipectl's own, in the bucket of the results.
pub fn control_prefix(base: &str) -> String {
    format!("pipectl/{base}/")
}

/// The lease's key.
pub fn lock_key(base: &str) -> String {
    format!("{}lock.json", control_prefix(base))
}

/// Whether a key under this control prefix is one that `apply` generates: a script or the flow document, not the lock and no
/// run's record.
pub fn is_generated(key: &str, control: &str) -> bool {
    key.strip_prefix(control).is_some_and(|rest| rest == FLOW || rest.starts_with(SCRIPTS))
}

/// The places of one pipeline in one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The bucket that holds the control folder: that of `storage.results`.
    pub bucket: String,
    /// The base of names: `spotify-dev`.
    pub base: String,
    /// The pipeline's name: `spotify`.
    pub pipeline: String,
    /// Where raw files are uploaded.
    pub staging: Folder,
    /// Where tables land.
    pub warehouse: Folder,
    /// Where Athena writes results.
    pub results: Folder,
}

/// A folder in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The bucket.
    pub bucket: String,
    /// Empty, or ending in a slash.
    pub prefix: String,
}

impl Folder {
    fn of(place: &Place3) -> Self {
        Self { bucket: place.bucket().to_owned(), prefix: place.prefix().to_owned() }
    }

    /// `s3://bucket/prefix/`.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    /// The folder `name` in it.
    pub fn folder(&self, name: &str) -> Folder {
        Folder { bucket: self.bucket.clone(), prefix: format!("{}{name}/", self.prefix) }
    }

    /// The folder of a `s3://bucket/prefix/` URI, or that an object's URI stands in; `None` when it is none.
    pub fn parse(uri: &str) -> Option<Self> {
        let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
        let prefix = key.rfind('/').map_or("", |at| &key[..=at]);
        (!bucket.is_empty()).then(|| Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl Layout {
    /// The places that the manifest names.
    pub fn of(manifest: &Manifest) -> Self {
        let storage = &manifest.storage;
        Self {
            bucket: storage.results.bucket().to_owned(),
            base: manifest.base_name(),
            pipeline: manifest.name.value.clone(),
            staging: Folder::of(&storage.staging),
            warehouse: Folder::of(&storage.warehouse),
            results: Folder::of(&storage.results),
        }
    }

    /// `pipectl/<base>/`: everything under it in [`Layout::bucket`] is pipectl's own.
    pub fn control_prefix(&self) -> String {
        control_prefix(&self.base)
    }

    /// The same as a folder.
    pub fn control(&self) -> Folder {
        Folder { bucket: self.bucket.clone(), prefix: self.control_prefix() }
    }

    /// The PySpark script's key.
    pub fn script_key(&self) -> String {
        format!("{}{SCRIPTS}{}.py", self.control_prefix(), self.pipeline)
    }

    /// The flow document's key.
    pub fn flow_key(&self) -> String {
        format!("{}{FLOW}", self.control_prefix())
    }

    /// The folder of run records.
    pub fn runs_prefix(&self) -> String {
        format!("{}runs/", self.control_prefix())
    }

    /// A run record's key.
    pub fn run_key(&self, run_id: &str) -> String {
        format!("{}{run_id}.json", self.runs_prefix())
    }

    /// `s3://<results bucket>/<key>`.
    pub fn uri(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    /// A source's folder.
    pub fn source(&self, source: &str) -> Folder {
        self.staging.folder(source)
    }

    /// A table's folder.
    pub fn table(&self, table: &str) -> Folder {
        self.warehouse.folder(table)
    }

    /// A run's hidden folder.
    pub fn hidden(&self, run_id: &str) -> Folder {
        self.warehouse.folder(&format!("{HIDDEN}{run_id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::manifest;

    #[test]
    fn every_place() {
        let layout = Layout::of(&manifest());
        let control = [layout.script_key(), layout.flow_key(), layout.run_key("r1"), lock_key(&layout.base)];
        assert_eq!(
            control.map(|key| layout.uri(&key)),
            [
                "s3://123456789012-spotify-dev/pipectl/spotify-dev/scripts/spotify.py",
                "s3://123456789012-spotify-dev/pipectl/spotify-dev/flow.json",
                "s3://123456789012-spotify-dev/pipectl/spotify-dev/runs/r1.json",
                "s3://123456789012-spotify-dev/pipectl/spotify-dev/lock.json",
            ]
        );
        assert_eq!(layout.source("tracks").uri(), "s3://123456789012-spotify-dev/staging/tracks/");
        assert_eq!(layout.table("hits").uri(), "s3://123456789012-spotify-dev/warehouse/hits/");
        assert_eq!(layout.hidden("r1").uri(), "s3://123456789012-spotify-dev/warehouse/_pipectl/r1/");
    }

    #[test]
    fn generated_files_are_told_from_records() {
        let layout = Layout::of(&manifest());
        let generated = |key: &str| is_generated(key, &layout.control_prefix());
        assert!(generated(&layout.flow_key()) && generated(&layout.script_key()));
        assert!(!generated(&lock_key(&layout.base)) && !generated(&layout.run_key("20260101T000000Z-ab12")));
        assert!(!generated("pipectl/other/flow.json"));
    }

    #[test]
    fn folders_of_uris() {
        let folder = |bucket: &str, prefix: &str| Some(Folder { bucket: bucket.into(), prefix: prefix.into() });
        assert_eq!(Folder::parse("s3://b/p/q/"), folder("b", "p/q/"));
        assert_eq!(Folder::parse("s3://b/p/file.csv"), folder("b", "p/"));
        assert_eq!(Folder::parse("s3://b/"), folder("b", ""));
        assert_eq!(Folder::parse("data/x.csv"), None);
    }
}
