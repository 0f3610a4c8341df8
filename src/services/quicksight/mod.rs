//! Amazon QuickSight: data source, data sets with their refresh schedules, dashboards; refreshing and linking for runs.
//!
//! An asset without permissions is seen by nobody, its maker included: without `quicksight.principals` all of these are made
//! and work (refreshes run), yet no console shows them.

pub mod actions;
pub mod dashboard;
mod dashboard_input;
pub mod data_set;
mod data_set_input;
pub mod data_source;
mod missing;
pub mod names;
mod permissions;
pub mod preflight;
pub mod refresh_schedule;
mod tagging;
mod transforms;
