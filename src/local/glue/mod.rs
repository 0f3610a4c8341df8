//! The local cloud's Glue: catalog, jobs, crawlers, workflows.
//!
//! Documents hold what the API answers, by its member names: `glue/databases`, `glue/tables/<database>`,
//! `glue/partitions/<database>/<table>`, `glue/jobs`, `glue/job-runs/<job>`, `glue/crawlers`,
//! `glue/workflows`, `glue/workflow-runs/<workflow>`, `glue/triggers`, `glue/tags` (by ARN).

pub mod crawl;
pub mod crawlers;
pub mod databases;
mod execute;
pub mod expression;
pub mod jobs;
pub mod partitions;
mod printed;
pub mod runs;
pub mod service;
pub mod spark;
pub mod support;
pub mod tables;
pub mod tags;
pub mod triggers;
pub mod workflow_runs;
pub mod workflows;

pub use service::Glue;
