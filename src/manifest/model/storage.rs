//! The three places in S3, and how long things stay there.

use crate::manifest::spanned::Spanned;

/// The three places in S3 and how long things stay there.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Raw files are uploaded here, one folder a source.
    pub staging: Place3,
    /// Tables land here, one folder a table.
    pub warehouse: Place3,
    /// Athena's results, and `pipectl/` with scripts, flow, lock and runs.
    pub results: Place3,
    /// When objects move to cheaper storage, and when they go.
    pub lifecycle: Lifecycles,
}

impl Storage {
    /// The places by their keys, each with its lifecycle.
    pub fn places(&self) -> [(&'static str, &Place3, Option<&Lifecycle>); 3] {
        let Lifecycles { staging, warehouse, results } = &self.lifecycle;
        [
            ("staging", &self.staging, staging.as_deref()),
            ("warehouse", &self.warehouse, warehouse.as_deref()),
            ("results", &self.results, results.as_deref()),
        ]
    }
}

/// A place in S3: `s3://bucket/prefix/`.
#[derive(Clone, Debug)]
pub struct Place3 {
    /// The URI as resolved, always with a slash at its end.
    pub uri: Spanned<String>,
    /// The bucket is used, not owned.
    pub existing: bool,
    /// Bucket versioning is enabled.
    pub versioning: bool,
    /// The ARN of the KMS key (or of an alias of it) that encrypts the bucket; `None`: S3's own keys.
    pub kms_key: Option<Spanned<String>>,
}

impl Place3 {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        self.uri.value.trim_start_matches("s3://").split('/').next().unwrap_or("")
    }

    /// The key prefix, empty or ending in a slash.
    pub fn prefix(&self) -> &str {
        self.uri.value.trim_start_matches("s3://").split_once('/').map_or("", |(_, prefix)| prefix)
    }
}

/// The lifecycles by place; each stands at its map.
#[derive(Clone, Debug, Default)]
pub struct Lifecycles {
    /// Of the uploaded files.
    pub staging: Option<Spanned<Lifecycle>>,
    /// Of the tables.
    pub warehouse: Option<Spanned<Lifecycle>>,
    /// Of Athena's results.
    pub results: Option<Spanned<Lifecycle>>,
}

/// What happens to the objects of a place with time; all in days.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// Where objects move, and how many days after they were made; in the one order S3 knows.
    pub transitions: Vec<(StorageClass, Spanned<u32>)>,
    /// Objects are deleted that long after they were made.
    pub expire: Option<Spanned<u32>>,
    /// Versions are deleted that long after another one took their place.
    pub expire_noncurrent: Option<Spanned<u32>>,
    /// Uploads in parts that were not completed are given up that long after they were begun.
    pub abort_uploads: Option<Spanned<u32>>,
}

/// The classes that objects can move to, in the order in which they can: never back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageClass {
    /// Cheaper to keep, dearer to read.
    StandardIa,
    /// S3 watches what is read, and moves it.
    IntelligentTiering,
    /// An archive that is read at once.
    GlacierIr,
    /// An archive that is read after minutes to hours.
    Glacier,
    /// An archive that is read after half a day or two.
    DeepArchive,
}

impl StorageClass {
    /// All of them, in order.
    pub const ALL: [StorageClass; 5] = [
        StorageClass::StandardIa,
        StorageClass::IntelligentTiering,
        StorageClass::GlacierIr,
        StorageClass::Glacier,
        StorageClass::DeepArchive,
    ];

    /// As the manifest names it: `glacier_ir`.
    pub fn key(self) -> &'static str {
        match self {
            StorageClass::StandardIa => "standard_ia",
            StorageClass::IntelligentTiering => "intelligent_tiering",
            StorageClass::GlacierIr => "glacier_ir",
            StorageClass::Glacier => "glacier",
            StorageClass::DeepArchive => "deep_archive",
        }
    }

    /// As S3 names it: `GLACIER_IR`.
    pub fn s3_name(self) -> &'static str {
        match self {
            StorageClass::StandardIa => "STANDARD_IA",
            StorageClass::IntelligentTiering => "INTELLIGENT_TIERING",
            StorageClass::GlacierIr => "GLACIER_IR",
            StorageClass::Glacier => "GLACIER",
            StorageClass::DeepArchive => "DEEP_ARCHIVE",
        }
    }

    /// Whether an object of this class is read as any other is; else somebody has to restore it first.
    pub fn reads_at_once(self) -> bool {
        !matches!(self, StorageClass::Glacier | StorageClass::DeepArchive)
    }
}
