//! Reads what is there: every resource at once, as far as the parallelism goes.

use super::provider::Provider;
use crate::error::{Error, Result};
use crate::resource::{Resource, Snapshot};

/// Reads the live counterparts of `wants`, `parallelism` of a kind at a time; what does not exist is missing from the
/// snapshot.
///
/// The first failure ends it: an expired token should not be told thirty times.
pub async fn snapshot(provider: &dyn Provider, wants: &[Resource], parallelism: usize) -> Result<Snapshot> {
    let mut found = Vec::new();
    for (want, live) in wants.iter().zip(provider.read_all(wants, parallelism).await?) {
        match live {
            Some(live) if live.resource.address != want.address => {
                let read = live.resource.address;
                return Err(Error::bug(format!("`{}` was asked for and `{read}` was read", want.address)));
            }
            live => found.extend(live.map(|live| (want.address.clone(), live))),
        }
    }
    Ok(Snapshot { resources: found.into_iter().collect(), ..Snapshot::default() })
}

/// Reads the live counterparts of `wants`, and beside them what is ours and wanted no more.
pub async fn everything(provider: &dyn Provider, wants: &[Resource], parallelism: usize) -> Result<Snapshot> {
    let (mut all, leftovers) = tokio::try_join!(snapshot(provider, wants, parallelism), provider.leftovers(wants))?;
    for leftover in leftovers {
        let address = leftover.live.resource.address.clone();
        all.holding.extend(leftover.data.map(|object| (address.clone(), object)));
        all.resources.insert(address, leftover.live);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fake;
    use super::*;
    use crate::plan::testing::{address, demo};

    #[tokio::test]
    async fn reads_what_is_there_a_few_at_a_time() {
        let desired = demo();
        let fake = Fake::holding(&desired[..4]);
        let found = snapshot(&fake, &desired, 3).await.unwrap();
        assert_eq!(found, crate::plan::testing::snapshot(&desired[..4]));
        assert_eq!(fake.most_at_once(), 3);
        assert_eq!(fake.calls().len(), desired.len());
    }

    #[tokio::test]
    async fn what_is_wanted_no_more_is_read_too() {
        let desired = demo();
        let fake = Fake::holding(&desired);
        let bucket = desired[0].address.clone();
        fake.fill(&bucket);
        let all = everything(&fake, &desired[1..], 3).await.unwrap();
        assert_eq!(all.resources, fake.snapshot().resources);
        assert_eq!(all.holding.keys().collect::<Vec<_>>(), [&bucket]);
    }

    #[tokio::test]
    async fn a_failure_ends_it() {
        let desired = demo();
        let fake = Fake::holding(&desired);
        fake.fail("read", &address("s3_object.script"));
        let error = snapshot(&fake, &desired, 1).await.unwrap_err();
        assert_eq!(error.message(), "read s3_object.script was refused");
        assert_eq!(fake.calls().len(), 3);
    }
}
