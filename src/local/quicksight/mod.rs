//! QuickSight: data sources over Athena, data sets that really load, dashboards with versions.
//!
//! | part | what |
//! |---|---|
//! | [`service`] | the operations by name; who may call them at all |
//! | [`account`], [`identities`], [`permissions`] | the subscription; users and groups; who may do what with an asset |
//! | [`state`] | states that end later: `CREATION_IN_PROGRESS` and their like |
//! | [`data_sources`], [`data_sets`], [`columns`], [`expression`], [`schedules`] | where rows come from |
//! | [`ingestions`], [`load`] | SPICE: the data set's SQL runs on the local Athena |
//! | [`dashboards`], [`versions`], [`definition`] | dashboards; what stands in them is checked, and answered as AWS answers it |
//! | [`tags`] | tags by ARN |

pub mod account;
pub mod columns;
pub mod dashboards;
pub mod data_sets;
pub mod data_sources;
pub mod definition;
pub mod expression;
pub mod identities;
pub mod ingestions;
pub mod load;
pub mod permissions;
pub mod schedules;
pub mod service;
pub mod state;
pub mod support;
pub mod tags;
pub mod versions;

#[cfg(test)]
mod testing;

pub use account::Account;
pub use service::QuickSight;
