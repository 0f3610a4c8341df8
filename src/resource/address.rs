//! What a resource is and how it is named in plans, on the command line and in errors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, nearest};

/// The kinds of resource, in the order in which a pipeline comes into being.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A bucket with its settings.
    S3Bucket,
    /// A folder marker: `staging/`, `warehouse/`, `athena-results/`.
    S3Prefix,
    /// An object whose content is generated: script, flow document.
    S3Object,
    /// Glue's role.
    IamRole,
    /// The group with the operator's rights.
    IamGroup,
    /// The operator.
    IamUser,
    /// A database of the Data Catalog.
    GlueDatabase,
    /// A table of the Data Catalog that we declare.
    GlueTable,
    /// The job.
    GlueJob,
    /// The crawler.
    GlueCrawler,
    /// What a schedule runs.
    GlueWorkflow,
    /// What starts the parts of a workflow.
    GlueTrigger,
    /// The workgroup.
    AthenaWorkgroup,
    /// A saved query.
    AthenaNamedQuery,
    /// QuickSight's connection to Athena.
    QuicksightDataSource,
    /// A data set over a table or a query.
    QuicksightDataSet,
    /// When SPICE reads a data set anew by itself.
    QuicksightRefreshSchedule,
    /// A dashboard.
    QuicksightDashboard,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Kind; 18] = [
        Kind::S3Bucket,
        Kind::S3Prefix,
        Kind::S3Object,
        Kind::IamRole,
        Kind::IamGroup,
        Kind::IamUser,
        Kind::GlueDatabase,
        Kind::GlueTable,
        Kind::GlueJob,
        Kind::GlueCrawler,
        Kind::GlueWorkflow,
        Kind::GlueTrigger,
        Kind::AthenaWorkgroup,
        Kind::AthenaNamedQuery,
        Kind::QuicksightDataSource,
        Kind::QuicksightDataSet,
        Kind::QuicksightRefreshSchedule,
        Kind::QuicksightDashboard,
    ];

    /// The kind as it stands in addresses: `glue_job`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::S3Bucket => "s3_bucket",
            Kind::S3Prefix => "s3_prefix",
            Kind::S3Object => "s3_object",
            Kind::IamRole => "iam_role",
            Kind::IamGroup => "iam_group",
            Kind::IamUser => "iam_user",
            Kind::GlueDatabase => "glue_database",
            Kind::GlueTable => "glue_table",
            Kind::GlueJob => "glue_job",
            Kind::GlueCrawler => "glue_crawler",
            Kind::GlueWorkflow => "glue_workflow",
            Kind::GlueTrigger => "glue_trigger",
            Kind::AthenaWorkgroup => "athena_workgroup",
            Kind::AthenaNamedQuery => "athena_named_query",
            Kind::QuicksightDataSource => "quicksight_data_source",
            Kind::QuicksightDataSet => "quicksight_data_set",
            Kind::QuicksightRefreshSchedule => "quicksight_refresh_schedule",
            Kind::QuicksightDashboard => "quicksight_dashboard",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `kind.name`, e.g. `glue_job.spotify-dev`: unique within one pipeline and environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// What it is.
    pub kind: Kind,
    /// The physical name where the pipeline chooses it (bucket, job, role, table, query), else what it is for (`staging`, `script`).
    pub name: String,
}

impl Address {
    /// An address.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (kind, name) = text.split_once('.').filter(|(_, name)| !name.is_empty()).ok_or_else(|| {
            Error::usage("bad-address", format!("`{text}` is not an address"))
                .with_expected("kind.name, such as glue_job.spotify-dev")
        })?;
        let kind = Kind::ALL.into_iter().find(|k| k.as_str() == kind).ok_or_else(|| {
            let error = Error::usage("bad-address", format!("`{kind}` is not a kind of resource"))
                .with_expected(format!("one of {}", Kind::ALL.map(Kind::as_str).join(", ")));
            match nearest(kind, Kind::ALL.map(Kind::as_str)) {
                Some(near) => error.with_help(format!("did you mean `{near}.{name}`?")),
                None => error,
            }
        })?;
        Ok(Self::new(kind, name))
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|e: Error| serde::de::Error::custom(e.message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_round_trip() {
        for kind in Kind::ALL {
            let address = Address::new(kind, "spotify-dev");
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn a_misspelt_kind_is_suggested() {
        let error = "glue_jobs.spotify".parse::<Address>().unwrap_err();
        assert_eq!(error.help(), Some("did you mean `glue_job.spotify`?"));
    }
}
