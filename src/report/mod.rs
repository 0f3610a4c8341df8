//! Views of plans, runs and queries. The only place that prints.

pub mod answer;
pub mod cost;
pub mod error;
pub mod lineage;
pub mod logs;
pub mod out;
pub mod plan;
mod plan_fields;
pub mod plan_markdown;
pub mod plan_outcome;
pub mod plan_progress;
pub mod progress;
pub mod run;
pub mod style;
pub mod words;

pub use out::Out;
pub use style::Style;
