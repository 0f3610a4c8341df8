//! Views of plans, runs and queries. The only place that prints.

pub mod answer;
pub mod error;
pub mod out;
pub mod progress;
pub mod run;
pub mod style;
pub mod words;

pub use out::Out;
pub use style::Style;
