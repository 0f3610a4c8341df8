//! What `desired` is computed from. Every ARN and name follows from this and the manifest: nothing is known only after apply.

use crate::dashboard::model::Dashboards;
use crate::flow::document::Flow;
use crate::manifest::model::Manifest;
use crate::resource::Owner;

/// Everything the desired resources depend on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The manifest.
    pub manifest: &'a Manifest,
    /// Its flow, typed.
    pub flow: &'a Flow,
    /// Its data sets and dashboards, typed.
    pub dashboards: &'a Dashboards,
    /// The generated PySpark script.
    pub script: &'a str,
    /// The account, twelve digits.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    /// The marks.
    pub owner: &'a Owner,
}
