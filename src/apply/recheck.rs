//! The last look before something is made: is it still not there?

use std::collections::BTreeMap;

use tokio::sync::OnceCell;

use super::provider::Provider;
use crate::error::Result;
use crate::plan::{Action, Plan};
use crate::resource::{Address, Live, Resource};

/// Looks at each resource by itself, but at kinds that only a list finds once for all: a list for each of a thousand named
/// queries would be a million reads. That list is made when the first of them is about to be made, so it is at most as
/// old as this apply.
pub(super) struct Recheck<'a> {
    provider: &'a dyn Provider,
    listed: Vec<Resource>,
    found: OnceCell<BTreeMap<Address, Option<Live>>>,
}

impl<'a> Recheck<'a> {
    /// For what `plan` makes.
    pub fn new(provider: &'a dyn Provider, plan: &Plan) -> Self {
        let made = plan.changes.iter().filter(|change| change.action == Action::Create);
        let listed = made.filter_map(|change| change.desired.clone()).filter(|want| provider.is_found_by_list(want));
        Self { provider, listed: listed.collect(), found: OnceCell::new() }
    }

    /// What is there in the place of `want`.
    pub async fn look(&self, want: &Resource) -> Result<Option<Live>> {
        if !self.provider.is_found_by_list(want) {
            return self.provider.read(want).await;
        }
        let found = self.found.get_or_try_init(|| self.list()).await?;
        Ok(found.get(&want.address).cloned().flatten())
    }

    async fn list(&self) -> Result<BTreeMap<Address, Option<Live>>> {
        let found = self.provider.read_all(&self.listed, super::provider::READS).await?;
        Ok(self.listed.iter().map(|want| want.address.clone()).zip(found).collect())
    }
}
