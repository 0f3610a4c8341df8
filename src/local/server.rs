//! The one HTTP server in front of all services.

use std::sync::Arc;

use super::athena::Athena;
use super::glue::Glue;
use super::service::JsonService;
use super::store::Store;

/// The services that speak JSON 1.1: a new one is registered here.
pub fn services(store: &Store) -> Vec<Arc<dyn JsonService>> {
    vec![Arc::new(Glue::new(store.clone())), Arc::new(Athena::new(store.clone()))]
}
