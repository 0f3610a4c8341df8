//! A visual -> one query in Athena's SQL that answers everything the visual can be asked on the page.
//!
//! Aggregation, order and limits happen in the engine; the page only draws. A control of the dashboard (a filter's choice,
//! a parameter's value) is answered beforehand: the result holds the rows of each combination, told apart by its first
//! columns.

pub mod aggregate;
pub mod choices;
pub mod conversion;
pub mod expression;
pub mod histogram;
pub mod query;
pub mod ranking;
pub mod result;
pub mod shape;
pub mod source;

pub use query::visual_query;
pub use result::{ResultColumn, Role, VisualQuery};
pub use shape::Shape;
