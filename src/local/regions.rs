//! The regions: each has Glue, Athena, QuickSight, tagging and logs of its own. S3, IAM and STS are one for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::athena::Athena;
use super::glue::Glue;
use super::logs::Logs;
use super::owners::Owner;
use super::quicksight::QuickSight;
use super::service::{JsonService, RestService};
use super::store::Store;
use super::tagging::Tagging;

/// The services of one region: a new one is registered here.
pub struct Region {
    /// Those of the JSON 1.1 protocol.
    pub json: Vec<Arc<dyn JsonService>>,
    /// Those of the REST-JSON protocol.
    pub rest: Vec<Arc<dyn RestService>>,
}

impl Region {
    fn open(store: &Store, owner: &Arc<Owner>) -> Self {
        Self {
            json: vec![
                Arc::new(Glue::new(store.clone(), owner.clone())),
                Arc::new(Athena::new(store.clone(), owner.clone())),
                Arc::new(Tagging::new(store.clone())),
                Arc::new(Logs::new(store.clone())),
            ],
            rest: vec![Arc::new(QuickSight::new(store.clone(), owner.clone()))],
        }
    }
}

/// All regions; one comes to be with the first call that is signed for it.
pub struct Regions {
    store: Store,
    owner: Arc<Owner>,
    open: Mutex<HashMap<String, Arc<Region>>>,
}

impl Regions {
    /// None is open yet.
    pub fn new(store: Store, owner: Arc<Owner>) -> Self {
        Self { store, owner, open: Mutex::default() }
    }

    /// The region of that name; `None` when no region can be called so.
    pub fn get(&self, name: &str) -> Option<Arc<Region>> {
        if !is_region(name) {
            return None;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let region = open.entry(name.to_owned());
        Some(region.or_insert_with(|| Arc::new(Region::open(&self.store.in_region(name), &self.owner))).clone())
    }
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`: words and a number. The name becomes a folder's.
fn is_region(name: &str) -> bool {
    let words: Vec<&str> = name.split('-').collect();
    let is = |word: &str, of: fn(&char) -> bool| !word.is_empty() && word.chars().all(|c| of(&c));
    match words.split_last() {
        Some((number, words)) if words.len() >= 2 => {
            is(number, char::is_ascii_digit) && words.iter().all(|word| is(word, char::is_ascii_lowercase))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_regions() {
        for name in ["us-east-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-10"] {
            assert!(is_region(name), "{name}");
        }
        for name in ["", "us-east", "us-1", "../us-east-1", "us-east-1/x", "US-east-1", "us--1"] {
            assert!(!is_region(name), "{name}");
        }
    }
}
