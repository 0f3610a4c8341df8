//! Typed dashboards -> QuickSight's `DashboardVersionDefinition` as JSON, and the normal form in which definitions are
//! compared. Pure: no SDK types, every ARN comes from outside.
//!
//! [`document`] puts a definition together; [`visual`], [`chart`] and [`cartesian`] write what is drawn, [`field`] the
//! columns in it, [`filter`], [`parameter`] and [`layout`] what stands around it. [`mod@expression`], [`condition`] and
//! [`constant`] write QuickSight's expression language. [`normal`] is the normal form, with what QuickSight fills in
//! ([`defaults`]), what has no order ([`lists`]) and what can be written in two ways ([`spelling`]).
//!
//! The shapes are those of the API reference (`API_DashboardVersionDefinition`) and are held to botocore's model of it
//! by `tests/it/dashboard_definition.rs`.

mod cartesian;
mod chart;
mod column_type;
mod condition;
mod constant;
mod defaults;
mod document;
mod expression;
mod field;
mod filter;
mod layout;
mod lists;
mod names;
mod normal;
mod parameter;
mod refusal;
mod spelling;
mod visual;

#[cfg(test)]
mod tests;

pub use column_type::column_type;
pub use document::definition;
pub use expression::expression;
pub use normal::normalise;

use refusal::not_in_quicksight;
