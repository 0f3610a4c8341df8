//! `quicksight`: data source, data sets and dashboards.

mod assets;
mod dashboards;
mod datasets;
mod visuals;

pub use assets::quicksight;

use crate::manifest::read::Reader;

/// What stands under names in the schema, because it stands in many places.
pub fn definitions() -> impl Iterator<Item = (&'static str, serde_json::Value)> {
    visuals::definitions().into_iter().chain([("sheet", dashboards::any_sheet().schema())])
}
