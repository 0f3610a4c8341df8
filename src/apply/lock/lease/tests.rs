use std::sync::atomic::Ordering::SeqCst;

use super::super::super::testing::FakeStore;
use super::*;

const QUICK: Times =
    Times { expiry: Duration::from_secs(60), heartbeat: Duration::from_millis(5), proof: Duration::ZERO };
const SLOW: Times = Times { heartbeat: Duration::from_secs(600), ..QUICK };

fn lock(store: &Arc<FakeStore>, times: Times) -> Lock {
    Lock::with(store.clone(), crate::plan::testing::address("s3_bucket.demo"), Holder::me("pipectl apply"), times)
}

/// Somebody on another host.
fn other(renewed_ago: i64) -> Holder {
    let renewed = Utc::now() - chrono::Duration::seconds(renewed_ago);
    Holder { user: "lead".into(), host: "far".into(), machine: "far".into(), renewed, ..Holder::me("pipectl destroy") }
}

fn held_by(store: &FakeStore, holder: &Holder) {
    let body = serde_json::to_string(holder).unwrap();
    *store.object.lock().unwrap() = Some(super::super::store::Stored { body, etag: "theirs".into() });
}

fn holder(store: &FakeStore) -> Option<Holder> {
    store.object.lock().unwrap().as_ref().map(|o| serde_json::from_str(&o.body).unwrap())
}

#[tokio::test]
async fn taken_proven_and_given_back() {
    let store = Arc::new(FakeStore::default());
    let lock = lock(&store, SLOW);
    lock.check().await.unwrap();
    assert!(lock.acquire().await.unwrap() && lock.acquire().await.unwrap());
    assert_eq!(holder(&store).unwrap().id, lock.shared.me.id);
    lock.check().await.unwrap();
    assert_eq!(store.writes.load(SeqCst), 2, "taking and proving are one write each");
    lock.release().await.unwrap();
    assert_eq!(holder(&store), None);
    lock.release().await.unwrap();
}

#[tokio::test]
async fn the_second_is_told_who_holds_it() {
    let store = Arc::new(FakeStore::default());
    held_by(&store, &other(59));
    let error = lock(&store, SLOW).acquire().await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("locked", Kind::Conflict));
    assert!(error.message().starts_with("this pipeline is locked by lead@far (pid "), "{error}");
    assert!(error.message().contains("pipectl destroy"));
    assert_eq!(holder(&store).unwrap().host, "far");
}

#[tokio::test]
async fn one_that_ran_out_is_anybodys() {
    let store = Arc::new(FakeStore::default());
    held_by(&store, &other(61));
    let lock = lock(&store, SLOW);
    assert!(lock.acquire().await.unwrap());
    assert_eq!(holder(&store).unwrap().id, lock.shared.me.id);
}

#[tokio::test]
async fn a_dead_process_of_this_host_loses_it_at_once() {
    let store = Arc::new(FakeStore::default());
    let mut dead = Holder::me("pipectl apply");
    held_by(&store, &dead);
    assert_eq!(lock(&store, SLOW).acquire().await.unwrap_err().code(), "locked", "we live");
    dead.process = "0".into();
    held_by(&store, &dead);
    assert!(lock(&store, SLOW).acquire().await.unwrap());
}

#[tokio::test]
async fn of_many_at_once_one_gets_it() {
    let store = Arc::new(FakeStore::default());
    held_by(&store, &other(3600));
    let locks: Vec<Lock> = (0..20).map(|_| lock(&store, SLOW)).collect();
    let taken = futures::future::join_all(locks.iter().map(Lock::acquire)).await;
    assert_eq!(taken.iter().filter(|t| matches!(t, Ok(true))).count(), 1);
    assert!(taken.iter().filter_map(|t| t.as_ref().err()).all(|e| e.code() == "locked"));
}

#[tokio::test]
async fn a_lost_answer_is_recognised() {
    let store = Arc::new(FakeStore::default());
    let lock = lock(&store, SLOW);
    store.lose.store(1, SeqCst);
    assert!(lock.acquire().await.unwrap());
    store.lose.store(1, SeqCst);
    lock.check().await.unwrap();
    lock.check().await.unwrap();
}

#[tokio::test]
async fn it_is_renewed_until_it_is_given_back() {
    let store = Arc::new(FakeStore::default());
    let lock = lock(&store, QUICK);
    lock.acquire().await.unwrap();
    let first = holder(&store).unwrap();
    crate::aws::wait::poll("a heartbeat", Duration::from_secs(5), crate::aws::wait::Backoff::QUICK, || async {
        let beaten = store.writes.load(SeqCst) >= 3;
        Ok(if beaten { crate::aws::wait::Progress::Done(()) } else { crate::aws::wait::Progress::Pending("no".into()) })
    })
    .await
    .unwrap();
    let later = holder(&store).unwrap();
    assert_eq!((later.id, later.since), (first.id, first.since));
    assert!(later.renewed > first.renewed);
    lock.release().await.unwrap();
    assert_eq!(holder(&store), None);
}

#[tokio::test]
async fn whoever_lost_it_is_told_so_and_leaves_it_to_the_other() {
    let store = Arc::new(FakeStore::default());
    let lock = lock(&store, SLOW);
    lock.acquire().await.unwrap();
    held_by(&store, &other(0));
    for _ in 0..2 {
        let error = lock.check().await.unwrap_err();
        assert_eq!(error.code(), Lock::LOST);
        assert!(error.message().starts_with("the lock was lost to lead@far"), "{error}");
    }
    lock.release().await.unwrap();
    assert_eq!(holder(&store).unwrap().host, "far");
}

#[tokio::test]
async fn unlock_removes_it_and_its_holder_stops() {
    let store = Arc::new(FakeStore::default());
    assert_eq!(unlock(&*store).await.unwrap(), None);
    let lock = lock(&store, SLOW);
    lock.acquire().await.unwrap();
    assert_eq!(unlock(&*store).await.unwrap(), Some(lock.shared.me.to_string()));
    assert_eq!(lock.check().await.unwrap_err().message(), "the lock was lost to nobody: it was removed");
}

#[tokio::test]
async fn a_silent_store_is_borne_for_half_the_lease() {
    let store = Arc::new(FakeStore::default());
    let patient = lock(&store, SLOW);
    patient.acquire().await.unwrap();
    store.down.store(true, SeqCst);
    patient.check().await.unwrap();
    store.down.store(false, SeqCst);
    patient.release().await.unwrap();
    let hasty = lock(&store, Times { expiry: Duration::ZERO, ..SLOW });
    hasty.acquire().await.unwrap();
    store.down.store(true, SeqCst);
    let error = hasty.check().await.unwrap_err();
    assert_eq!(error.message(), "the lock was lost to nobody knows: it could not be renewed (no answer)");
}

#[tokio::test]
async fn no_bucket_no_lock_and_no_one_else() {
    let store = Arc::new(FakeStore::default());
    store.no_bucket.store(1, SeqCst);
    let lock = lock(&store, SLOW);
    assert!(!lock.acquire().await.unwrap());
    lock.check().await.unwrap();
    assert!(lock.acquire().await.unwrap());
}

#[tokio::test]
async fn an_unreadable_lock_is_somebodys() {
    let store = Arc::new(FakeStore::default());
    *store.object.lock().unwrap() = Some(super::super::store::Stored { body: "?".into(), etag: "x".into() });
    let error = lock(&store, SLOW).acquire().await.unwrap_err();
    assert_eq!(error.help(), Some("`pipectl unlock` removes the lock"));
}
