//! Dashboards: typed visuals, and what is made of them.

pub mod model;
