//! Taking, proving, renewing and giving back the lock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{SubsecRound, Utc};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::holder::Holder;
use super::store::{LeaseStore, Written};
use crate::error::{Error, Kind, Result};
use crate::resource::Address;

/// The times of a lease.
#[derive(Clone, Copy, Debug)]
pub(in crate::apply) struct Times {
    /// A lock that was not renewed for so long is anybody's.
    pub expiry: Duration,
    /// How often it is renewed.
    pub heartbeat: Duration,
    /// A proof of holding it stands so long.
    pub proof: Duration,
}

impl Times {
    pub const REAL: Times =
        Times { expiry: Duration::from_secs(60), heartbeat: Duration::from_secs(15), proof: Duration::from_secs(2) };
}

/// How often taking it is tried while others take and give back.
const TRIES: usize = 5;

/// The lock of one pipeline and environment, for one command.
pub struct Lock {
    bucket: Address,
    shared: Arc<Shared>,
    heartbeat: std::sync::Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    store: Arc<dyn LeaseStore>,
    me: Holder,
    times: Times,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Never taken, or given back.
    Free,
    Held {
        etag: String,
        /// When the store last confirmed it.
        proven: Instant,
    },
    /// To whom, in words.
    Lost(String),
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lock").field("me", &self.shared.me).finish_non_exhaustive()
    }
}

impl Lock {
    /// The code of the error of a lock that was lost.
    pub const LOST: &'static str = "lock-lost";

    /// A lock that is not taken yet. `bucket` is where `store` lies; `command` tells others what we do: `pipectl apply`.
    pub fn new(store: Arc<dyn LeaseStore>, bucket: Address, command: &str) -> Self {
        Self::with(store, bucket, Holder::me(command), Times::REAL)
    }

    pub(in crate::apply) fn with(store: Arc<dyn LeaseStore>, bucket: Address, me: Holder, times: Times) -> Self {
        let shared = Shared { store, me, times, state: Mutex::new(State::Free) };
        Self { bucket, shared: Arc::new(shared), heartbeat: std::sync::Mutex::default() }
    }

    /// The bucket it lies in.
    pub fn bucket(&self) -> &Address {
        &self.bucket
    }

    /// Takes it, from nobody, from one that ran out, or from a dead process of this host; renews it from then on.
    /// False when its bucket does not exist, so that nobody can hold it. Error: `locked`, naming the holder.
    pub async fn acquire(&self) -> Result<bool> {
        let mut state = self.shared.state.lock().await;
        if matches!(*state, State::Held { .. }) {
            return Ok(true);
        }
        let Some(etag) = self.shared.take().await? else { return Ok(false) };
        *state = State::Held { etag, proven: Instant::now() };
        drop(state);
        let beat = tokio::spawn(heartbeat(self.shared.clone()));
        if let Ok(mut slot) = self.heartbeat.lock()
            && let Some(old) = slot.replace(beat)
        {
            old.abort();
        }
        Ok(true)
    }

    /// Proves that we hold it (trivially when there was no bucket to hold it in). Error: [`Lock::LOST`].
    pub async fn check(&self) -> Result<()> {
        self.shared.prove(self.shared.times.proof).await
    }

    /// Gives it back.
    pub async fn release(&self) -> Result<()> {
        self.stop();
        let mut state = self.shared.state.lock().await;
        match std::mem::replace(&mut *state, State::Free) {
            State::Held { etag, .. } => self.shared.store.delete(&etag).await,
            State::Free | State::Lost(_) => Ok(()),
        }
    }

    fn stop(&self) {
        if let Ok(mut slot) = self.heartbeat.lock()
            && let Some(beat) = slot.take()
        {
            beat.abort();
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Removes a lock, whoever holds it, and says who did; `None` when there was none.
pub async fn unlock(store: &dyn LeaseStore) -> Result<Option<String>> {
    let Some(stored) = store.read().await? else { return Ok(None) };
    store.delete(&stored.etag).await?;
    let holder = serde_json::from_str::<Holder>(&stored.body).map(|holder| holder.to_string());
    Ok(Some(holder.unwrap_or_else(|_| "somebody who left no readable name".to_owned())))
}

async fn heartbeat(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(shared.times.heartbeat).await;
        if shared.prove(Duration::ZERO).await.is_err() {
            return;
        }
    }
}

impl Shared {
    fn text(&self) -> Result<String> {
        let now = Holder { renewed: Utc::now().trunc_subsecs(3), ..self.me.clone() };
        serde_json::to_string(&now).map_err(|e| Error::bug(format!("a lock does not serialise: {e}")))
    }

    /// The ETag of the lock once it is ours; `None` without a bucket.
    async fn take(&self) -> Result<Option<String>> {
        for _ in 0..TRIES {
            match self.store.create(&self.text()?).await? {
                Written::Done(etag) => return Ok(Some(etag)),
                Written::NoBucket => return Ok(None),
                Written::Refused => {}
            }
            let Some(stored) = self.store.read().await? else { continue };
            let holder = serde_json::from_str::<Holder>(&stored.body).map_err(|_| unreadable())?;
            if holder.id == self.me.id {
                // Our own write, whose answer was lost.
                return Ok(Some(stored.etag));
            }
            let age = (Utc::now() - holder.renewed).to_std().unwrap_or_default();
            if age <= self.times.expiry && !holder.is_dead() {
                return Err(locked(&holder));
            }
            if let Written::Done(etag) = self.store.replace(&self.text()?, &stored.etag).await? {
                return Ok(Some(etag));
            }
        }
        Err(Error::new(Kind::Conflict, "locked", "the lock changes hands all the time")
            .with_help("others work on this pipeline right now: try again in a moment"))
    }

    /// Renews the lease when its last proof is older than `fresh`.
    async fn prove(&self, fresh: Duration) -> Result<()> {
        let mut state = self.state.lock().await;
        let (etag, proven) = match &*state {
            State::Free => return Ok(()),
            State::Lost(whom) => return Err(lost(whom)),
            State::Held { proven, .. } if proven.elapsed() < fresh => return Ok(()),
            State::Held { etag, proven } => (etag.clone(), *proven),
        };
        let asked = Instant::now();
        match self.renew(&etag).await {
            Ok(Ok(etag)) => *state = State::Held { etag, proven: asked },
            Ok(Err(whom)) => {
                let error = lost(&whom);
                *state = State::Lost(whom);
                return Err(error);
            }
            // The store does not answer: the lease stands until it runs out.
            Err(_) if proven.elapsed() < self.times.expiry / 2 => {}
            Err(error) => {
                let whom = format!("nobody knows: it could not be renewed ({})", error.message());
                let error = lost(&whom);
                *state = State::Lost(whom);
                return Err(error);
            }
        }
        Ok(())
    }

    /// The new ETag, or to whom it was lost.
    async fn renew(&self, etag: &str) -> Result<Result<String, String>> {
        if let Written::Done(etag) = self.store.replace(&self.text()?, etag).await? {
            return Ok(Ok(etag));
        }
        Ok(match self.store.read().await? {
            Some(stored) => match serde_json::from_str::<Holder>(&stored.body) {
                Ok(holder) if holder.id == self.me.id => Ok(stored.etag),
                Ok(holder) => Err(holder.to_string()),
                Err(_) => Err("somebody who left no readable name".to_owned()),
            },
            None => Err("nobody: it was removed".to_owned()),
        })
    }
}

fn locked(holder: &Holder) -> Error {
    Error::new(Kind::Conflict, "locked", format!("this pipeline is locked by {holder}"))
        .with_expected("one command at a time to change a pipeline")
        .with_help(
            "wait for it to end; if it is gone, its lock runs out a minute after it, or `pipectl unlock` removes it",
        )
}

fn lost(whom: &str) -> Error {
    Error::new(Kind::Conflict, Lock::LOST, format!("the lock was lost to {whom}"))
        .with_help("nothing more was begun; see what the other command did, then plan again")
}

fn unreadable() -> Error {
    Error::new(Kind::Conflict, "locked", "this pipeline is locked by somebody who left no readable name")
        .with_help("`pipectl unlock` removes the lock")
}

#[cfg(test)]
mod tests;
