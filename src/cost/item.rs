//! What is paid for, and by which unit.

use serde::{Deserialize, Serialize};

/// Something that AWS asks money for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// A Spark job of the standard execution class, on G workers.
    GlueJob,
    /// The same of the flexible execution class.
    GlueJobFlex,
    /// A Spark job on R workers, which are billed by memory-optimised DPUs.
    GlueJobMemory,
    /// A crawl.
    Crawler,
    /// What the named queries scan.
    AthenaQueries,
    /// What Athena scans when SPICE reads data sets.
    SpiceRefreshes,
    /// Objects that are written or copied.
    S3Writes,
    /// Objects that are read.
    S3Reads,
    /// What lies in `storage.staging`.
    StagingStorage,
    /// What lies in `storage.warehouse`.
    WarehouseStorage,
    /// What lies in `storage.results`.
    ResultsStorage,
    /// What of all these has moved to S3 Glacier Instant Retrieval.
    ArchiveStorage,
    /// QuickSight users who make dashboards.
    Authors,
    /// QuickSight users who look at them.
    Readers,
    /// SPICE beyond what authors bring.
    Spice,
}

impl Item {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Item; 15] = [
        Item::GlueJob,
        Item::GlueJobFlex,
        Item::GlueJobMemory,
        Item::Crawler,
        Item::AthenaQueries,
        Item::SpiceRefreshes,
        Item::S3Writes,
        Item::S3Reads,
        Item::StagingStorage,
        Item::WarehouseStorage,
        Item::ResultsStorage,
        Item::ArchiveStorage,
        Item::Authors,
        Item::Readers,
        Item::Spice,
    ];

    /// For people: `Glue job`.
    pub fn title(self) -> &'static str {
        match self {
            Item::GlueJob => "Glue job",
            Item::GlueJobFlex => "Glue job, flexible",
            Item::GlueJobMemory => "Glue job, R workers",
            Item::Crawler => "Glue crawler",
            Item::AthenaQueries => "Athena queries",
            Item::SpiceRefreshes => "SPICE refreshes",
            Item::S3Writes => "S3 writes",
            Item::S3Reads => "S3 reads",
            Item::StagingStorage => "S3 staging",
            Item::WarehouseStorage => "S3 warehouse",
            Item::ResultsStorage => "S3 results",
            Item::ArchiveStorage => "S3 Glacier IR",
            Item::Authors => "QuickSight authors",
            Item::Readers => "QuickSight readers",
            Item::Spice => "SPICE capacity",
        }
    }

    /// The unit that its price is for.
    pub fn unit(self) -> Unit {
        match self {
            Item::GlueJob | Item::GlueJobFlex | Item::Crawler => Unit::DpuHour,
            Item::GlueJobMemory => Unit::MemoryDpuHour,
            Item::AthenaQueries | Item::SpiceRefreshes => Unit::Tb,
            Item::S3Writes | Item::S3Reads => Unit::Thousand,
            Item::StagingStorage
            | Item::WarehouseStorage
            | Item::ResultsStorage
            | Item::ArchiveStorage
            | Item::Spice => Unit::GbMonth,
            Item::Authors | Item::Readers => Unit::UserMonth,
        }
    }

    /// Whether it is the job, of whichever kind.
    pub fn is_job(self) -> bool {
        matches!(self, Item::GlueJob | Item::GlueJobFlex | Item::GlueJobMemory)
    }
}

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// One data processing unit (4 vCPUs, 16 GB) for an hour.
    #[serde(rename = "DPU-hour")]
    DpuHour,
    /// One memory-optimised unit (4 vCPUs, 32 GB) for an hour.
    #[serde(rename = "M-DPU-hour")]
    MemoryDpuHour,
    /// 2^40 bytes scanned.
    #[serde(rename = "TB")]
    Tb,
    /// A thousand requests.
    #[serde(rename = "1,000 requests")]
    Thousand,
    /// 2^30 bytes for a month.
    #[serde(rename = "GB-month")]
    GbMonth,
    /// A user for a month.
    #[serde(rename = "user-month")]
    UserMonth,
}

impl Unit {
    /// As it is written behind a price: `$0.44 / DPU-hour`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::DpuHour => "DPU-hour",
            Unit::MemoryDpuHour => "M-DPU-hour",
            Unit::Tb => "TB",
            Unit::Thousand => "1,000",
            Unit::GbMonth => "GB-month",
            Unit::UserMonth => "user-month",
        }
    }
}
