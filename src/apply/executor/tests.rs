use std::sync::Mutex;
use std::sync::atomic::Ordering::SeqCst;

use proptest::prelude::*;
use serde_json::json;

use super::super::reader;
use super::super::settle::Unseen;
use super::super::testing::{Fake, FakeStore};
use super::*;
use crate::aws::wait::Backoff;
use crate::plan::testing::{address, demo, estrange, input, resource, set};
use crate::plan::{Input, destroy, plan};
use crate::resource::Resource;

/// An apply against a fake, with what it told.
struct Bench {
    fake: Fake,
    desired: Vec<Resource>,
    told: Mutex<Vec<String>>,
    interrupt: watch::Sender<Interrupt>,
}

impl Bench {
    fn new(live: &[Resource]) -> Self {
        let (interrupt, _) = watch::channel(Interrupt::None);
        Self { fake: Fake::holding(live), desired: demo(), told: Mutex::default(), interrupt }
    }

    fn options(&self) -> Options<'static> {
        let backoff = Backoff { first: Duration::from_millis(1), longest: Duration::from_millis(2) };
        let patience = Patience { at_most: Duration::from_millis(200), backoff };
        Options { patience, ..Options::new(self.interrupt.subscribe()) }
    }

    async fn plan(&self) -> Plan {
        let found = reader::snapshot(&self.fake, &self.desired, 10).await.unwrap();
        plan(&input(&self.desired, &found)).unwrap()
    }

    async fn execute(&self, plan: &Plan, options: Options<'_>) -> Result<Outcome> {
        execute(plan, &self.fake, options, &|event| self.hear(event)).await
    }

    async fn apply(&self) -> Outcome {
        self.execute(&self.plan().await, self.options()).await.unwrap()
    }

    fn hear(&self, event: Event) {
        let line = match event {
            Event::Started { address, action } => format!("started {action:?} {address}"),
            Event::Waiting { address, what } => format!("waiting {address} for {what}"),
            Event::Finished { address, action, .. } => format!("finished {action:?} {address}"),
            Event::Kept { address, what } => format!("kept {address}: {what}"),
            Event::Failed { address, error, .. } => format!("failed {address}: {error}"),
            Event::Skipped { address, because } => format!("skipped {address}: {because}"),
            Event::Note(text) => format!("note {text}"),
        };
        self.told.lock().unwrap().push(line);
    }

    fn told(&self, start: &str) -> Vec<String> {
        self.told.lock().unwrap().iter().filter(|l| l.starts_with(start)).cloned().collect()
    }
}

#[tokio::test]
async fn everything_is_made_in_order_and_the_next_plan_is_empty() {
    let bench = Bench::new(&[]);
    let outcome = bench.apply().await;
    assert_eq!((outcome.done.len(), outcome.error().is_none()), (10, true));
    assert_eq!(outcome.not_visible, []);
    assert!(!bench.plan().await.has_changes());
    assert!(bench.fake.most_at_once() > 1, "independent steps run at once");
    assert_eq!(bench.told("started").len(), 10);
    assert_eq!(bench.told("finished").len(), 10);
}

#[tokio::test]
async fn parallelism_is_bounded() {
    let bench = Bench::new(&[]);
    let plan = bench.plan().await;
    let fake = Fake::holding(&[]);
    let options = Options { parallelism: 2, ..bench.options() };
    execute(&plan, &fake, options, &|_| {}).await.unwrap();
    assert_eq!(fake.most_at_once(), 2);
}

#[tokio::test]
async fn only_what_differs_is_written_and_foreign_tags_stay() {
    let mut live = demo();
    set(&mut live, "glue_job.demo", "workers", json!(10));
    set(&mut live, "glue_job.demo", "tags", json!({"pipectl:pipeline": "other", "cost": "7"}));
    let bench = Bench::new(&live);
    assert_eq!(bench.apply().await.done, [address("glue_job.demo")]);
    assert_eq!(bench.fake.changes(), ["update glue_job.demo"]);
    let job = &bench.fake.snapshot().resources[&address("glue_job.demo")].resource;
    assert_eq!(job.fields["tags"], json!({"pipectl:pipeline": "demo", "cost": "7"}));
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn a_failure_stops_what_stands_on_it_and_the_rest_finishes() {
    let bench = Bench::new(&[]);
    bench.fake.fail("create", &address("iam_role.demo"));
    let outcome = bench.apply().await;
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(bench.told("failed"), ["failed iam_role.demo: create iam_role.demo was refused"]);
    assert_eq!(
        bench.told("skipped"),
        ["skipped glue_job.demo: `iam_role.demo` failed", "skipped glue_crawler.demo: `iam_role.demo` failed"]
    );
    assert_eq!(outcome.done.len(), 7);
    assert_eq!(outcome.error().unwrap().message(), "1 of 10 changes failed, and 2 were not begun because of it");
    bench.fake.heal();
    assert_eq!(bench.apply().await.done.len(), 3);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn what_moved_since_the_plan_fails_alone() {
    let mut live = demo();
    set(&mut live, "glue_job.demo", "workers", json!(10));
    set(&mut live, "glue_crawler.demo", "schedule", json!("cron(0 1 * * ? *)"));
    set(&mut live, "glue_database.demo", "description", json!("old"));
    let bench = Bench::new(&live);
    let plan = bench.plan().await;
    bench.fake.meddle(|resources| {
        let mut put = |a: &str, f: &str, v| resources.get_mut(&address(a)).unwrap().resource.fields.insert(f.into(), v);
        put("glue_job.demo", "workers", json!(7));
        // Somebody was faster and did the same: nothing to refuse.
        put("glue_database.demo", "description", json!("demo"));
    });
    let outcome = bench.execute(&plan, bench.options()).await.unwrap();
    assert_eq!(outcome.done, [address("glue_database.demo"), address("glue_crawler.demo")]);
    let (_, error) = &outcome.failed[0];
    assert_eq!(error.code(), "moved");
    assert_eq!(error.message(), "`glue_job.demo` has moved since the plan was made: `workers` was 10 and is 7");
    assert_eq!(bench.fake.changes(), ["update glue_crawler.demo"]);
}

#[tokio::test]
async fn a_stranger_that_came_meanwhile_is_not_touched() {
    let bench = Bench::new(&[]);
    let plan = bench.plan().await;
    let mut foreign = crate::plan::testing::snapshot(&[resource("s3_bucket.demo", json!({}), &[])]);
    estrange(&mut foreign, "s3_bucket.demo");
    bench.fake.meddle(|resources| resources.extend(foreign.resources));
    let outcome = bench.execute(&plan, bench.options()).await.unwrap();
    let (_, error) = &outcome.failed[0];
    assert!(error.message().ends_with("it exists now, and it carries no pipectl tags"), "{error}");
    assert!(!bench.fake.changes().iter().any(|c| c.ends_with("s3_bucket.demo")));
}

#[tokio::test]
async fn what_only_a_list_finds_is_listed_once_before_the_first_is_made() {
    let mut bench = Bench::new(&[]);
    for n in 0..30 {
        let below = ["athena_workgroup.demo", "glue_database.demo"];
        bench.desired.push(resource(&format!("athena_named_query.q{n}"), json!({"sql": "select 1"}), &below));
    }
    let plan = bench.plan().await;
    let before = bench.fake.calls().len();
    let mut twin = crate::plan::testing::snapshot(&[resource("athena_named_query.q7", json!({}), &[])]);
    estrange(&mut twin, "athena_named_query.q7");
    bench.fake.meddle(|resources| resources.extend(twin.resources));
    let outcome = bench.execute(&plan, bench.options()).await.unwrap();
    let calls: Vec<_> = bench.fake.calls().drain(before..).filter(|c| c.contains("athena_named_query")).collect();
    let made = calls.iter().position(|call| call.starts_with("create")).unwrap();
    assert!(calls[..made].len() == 31 && calls[made..made + 30].iter().all(|c| c.starts_with("create")), "{calls:?}");
    // The twin that somebody made meanwhile is seen all the same.
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.failed[0].0, address("athena_named_query.q7"));
}

#[tokio::test]
async fn strangers_are_taken_over_with_all_their_fields() {
    let bench = Bench::new(&demo());
    bench.fake.meddle(|r| {
        r.get_mut(&address("glue_job.demo")).unwrap().ownership = crate::resource::Ownership::Strangers("x".into())
    });
    let found = bench.fake.snapshot();
    let adopt = [address("glue_job.demo")];
    let plan = plan(&Input { adopt: &adopt, ..input(&bench.desired, &found) }).unwrap();
    assert!(bench.execute(&plan, bench.options()).await.unwrap().error().is_none());
    assert_eq!(bench.fake.changes(), ["update glue_job.demo"]);
    assert!(!bench.plan().await.has_changes());
}

#[tokio::test]
async fn a_replacement_is_deleted_and_made_even_when_reading_lags() {
    let mut live = demo();
    set(&mut live, "athena_named_query.top", "workgroup", json!("primary"));
    let bench = Bench::new(&live);
    bench.fake.lag(2);
    let outcome = bench.apply().await;
    assert_eq!(bench.fake.changes(), ["delete athena_named_query.top", "create athena_named_query.top"]);
    assert_eq!(outcome.not_visible, []);
    assert_eq!(
        *bench.told.lock().unwrap(),
        [
            "started Replace athena_named_query.top",
            "finished Replace athena_named_query.top",
            "waiting athena_named_query.top for it to be seen"
        ]
    );
}

#[tokio::test]
async fn what_is_never_seen_is_told() {
    let mut live = demo();
    set(&mut live, "glue_job.demo", "workers", json!(10));
    let bench = Bench::new(&live);
    bench.fake.lag(usize::MAX);
    let outcome = bench.apply().await;
    assert_eq!(
        outcome.not_visible,
        [Unseen { address: address("glue_job.demo"), fields: vec!["workers".to_owned()], failure: None }]
    );
    assert!(outcome.error().is_none(), "it is done");
}

#[tokio::test]
async fn interrupted_once_nothing_new_begins() {
    let bench = Bench::new(&[]);
    let plan = bench.plan().await;
    let options = Options { parallelism: 1, ..bench.options() };
    let outcome = execute(&plan, &bench.fake, options, &|event| {
        if matches!(&event, Event::Started { address: a, .. } if *a == address("s3_object.script")) {
            bench.interrupt.send_replace(Interrupt::Drain);
        }
        bench.hear(event);
    })
    .await
    .unwrap();
    assert_eq!(outcome.done.len(), 3, "what was in flight finished");
    assert_eq!(outcome.skipped.len(), 7);
    assert_eq!(outcome.skipped[0], (address("iam_role.demo"), "interrupted".to_owned()));
    assert_eq!(outcome.error().unwrap().kind().exit_code(), 130);
}

#[tokio::test]
async fn a_replacement_in_flight_is_finished_after_an_interrupt() {
    let mut live = demo();
    set(&mut live, "athena_named_query.top", "workgroup", json!("primary"));
    let bench = Bench::new(&live);
    let plan = bench.plan().await;
    let outcome = execute(&plan, &bench.fake, bench.options(), &|event| {
        if matches!(event, Event::Started { .. }) {
            bench.interrupt.send_replace(Interrupt::Drain);
        }
    })
    .await
    .unwrap();
    assert_eq!(outcome.done, [address("athena_named_query.top")]);
}

#[tokio::test]
async fn interrupted_twice_it_ends_at_once() {
    let bench = Bench::new(&[]);
    let plan = bench.plan().await;
    let mut fake = Fake::holding(&[]);
    fake.slowness = 100;
    let outcome = execute(&plan, &fake, bench.options(), &|_| {
        bench.interrupt.send_replace(Interrupt::Abort);
    })
    .await
    .unwrap();
    assert_eq!(fake.changes(), [] as [&str; 0]);
    assert_eq!(outcome.done, []);
    assert_eq!(outcome.failed[0].1.code(), "aborted");
    assert_eq!(outcome.failed.len() + outcome.skipped.len(), 10);
}

#[tokio::test]
async fn destroy_goes_backwards_and_keeps_data_unless_told() {
    let bench = Bench::new(&demo());
    bench.fake.fill(&address("s3_bucket.demo"));
    let found = bench.fake.snapshot();
    let gentle = destroy(&input(&bench.desired, &found), false).unwrap();
    let outcome = bench.execute(&gentle, bench.options()).await.unwrap();
    assert_eq!(outcome.kept, [(address("s3_bucket.demo"), "3 objects".to_owned())]);
    assert_eq!((outcome.done.len(), outcome.error().is_none()), (9, true));
    assert_eq!(bench.fake.snapshot().resources.len(), 1);
    let found = bench.fake.snapshot();
    let thorough = destroy(&input(&bench.desired, &found), true).unwrap();
    let outcome = bench.execute(&thorough, Options { delete_data: true, ..bench.options() }).await.unwrap();
    assert_eq!(outcome.done, [address("s3_bucket.demo")]);
    assert!(bench.fake.snapshot().resources.is_empty());
}

fn store() -> (std::sync::Arc<FakeStore>, Lock) {
    let store = std::sync::Arc::new(FakeStore::default());
    (store.clone(), Lock::new(store, address("s3_bucket.demo"), "pipectl apply"))
}

#[tokio::test]
async fn the_locks_bucket_is_made_before_the_lock_and_everything_else_after_it() {
    let bench = Bench::new(&[]);
    let plan = bench.plan().await;
    let (store, lock) = store();
    // S3 does not know the new bucket at once.
    store.no_bucket.store(2, SeqCst);
    let seen = Mutex::new(Vec::new());
    let outcome = execute(&plan, &bench.fake, Options { lock: Some(&lock), ..bench.options() }, &|event| {
        if let Event::Started { address, .. } = &event {
            seen.lock().unwrap().push((address.to_string(), store.object.lock().unwrap().is_some()));
        }
    })
    .await
    .unwrap();
    assert!(outcome.error().is_none());
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen[0], ("s3_bucket.demo".to_owned(), false));
    assert!(seen[1..].iter().all(|(_, locked)| *locked), "{seen:?}");
    assert_eq!(*store.object.lock().unwrap(), None, "it is given back");
}

#[tokio::test]
async fn the_locks_bucket_goes_last_after_the_lock() {
    let bench = Bench::new(&demo());
    let found = bench.fake.snapshot();
    let plan = destroy(&input(&bench.desired, &found), true).unwrap();
    let (store, lock) = store();
    let seen = Mutex::new(Vec::new());
    execute(&plan, &bench.fake, Options { lock: Some(&lock), ..bench.options() }, &|event| {
        if let Event::Started { address, .. } = &event {
            seen.lock().unwrap().push((address.to_string(), store.object.lock().unwrap().is_some()));
        }
    })
    .await
    .unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.last(), Some(&("s3_bucket.demo".to_owned(), false)));
    assert!(seen[..9].iter().all(|(_, locked)| *locked), "{seen:?}");
    assert_eq!(bench.fake.changes().last().unwrap(), "delete s3_bucket.demo");
}

#[tokio::test]
async fn a_foreign_lock_stops_it_before_anything() {
    let bench = Bench::new(&demo()[..1]);
    let plan = bench.plan().await;
    let (store, lock) = store();
    let other = Lock::new(store.clone(), address("s3_bucket.demo"), "pipectl destroy");
    other.acquire().await.unwrap();
    let error = bench.execute(&plan, Options { lock: Some(&lock), ..bench.options() }).await.unwrap_err();
    assert_eq!(error.code(), "locked");
    assert_eq!(bench.fake.changes(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_lost_lock_stops_everything_new() {
    let bench = Bench::new(&demo()[..1]);
    let plan = bench.plan().await;
    let store = std::sync::Arc::new(FakeStore::default());
    let times = super::super::lock::times(Duration::ZERO);
    let lock =
        Lock::with(store.clone(), address("s3_bucket.demo"), super::super::lock::Holder::me("pipectl apply"), times);
    let options = Options { parallelism: 1, lock: Some(&lock), ..bench.options() };
    let outcome = execute(&plan, &bench.fake, options, &|event| {
        if matches!(event, Event::Finished { .. }) {
            *store.object.lock().unwrap() = None;
        }
    })
    .await
    .unwrap();
    assert_eq!((outcome.done.len(), outcome.failed.len(), outcome.skipped.len()), (1, 1, 7));
    assert_eq!(outcome.failed[0].1.code(), Lock::LOST);
    assert!(outcome.skipped.iter().any(|(_, because)| because == "the lock was lost"));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// From any start, with any one call refused or its answer lost, and any parallelism: the first apply accounts for
    /// every change, the second one converges, and the plan after it is empty.
    #[test]
    fn a_second_apply_converges(
        fate in prop::collection::vec(0u8..4, 10), victim in 0usize..10, call in 0usize..3, lost: bool, parallelism in 1usize..5
    ) {
        runtime().block_on(async {
            let desired = demo();
            let bench = Bench::new(&desired);
            // Nothing stands on what is missing: the fake is as strict as a real start would be.
            let mut gone: Vec<Address> = Vec::new();
            bench.fake.meddle(|resources| for (resource, fate) in desired.iter().zip(&fate) {
                let falls = resource.depends_on.iter().any(|d| gone.contains(d));
                if *fate == 0 || falls {
                    gone.push(resource.address.clone());
                    resources.remove(&resource.address);
                } else if *fate == 1 {
                    let fields = &mut resources.get_mut(&resource.address).unwrap().resource.fields;
                    fields.clear();
                    if resource.address.kind == crate::resource::Kind::AthenaNamedQuery {
                        fields.insert("workgroup".into(), json!("primary"));
                    }
                }
            });
            let (victim, call) = (&desired[victim].address, ["create", "update", "delete"][call]);
            if lost { bench.fake.lose_answer(call, victim) } else { bench.fake.fail(call, victim) }
            let first = bench.plan().await;
            let outcome = bench.execute(&first, Options { parallelism, ..bench.options() }).await.unwrap();
            let counts = outcome.counts();
            let changes = first.changes.iter().filter(|c| c.action != crate::plan::Action::None).count();
            prop_assert_eq!(counts.done + counts.failed + counts.skipped, changes);
            bench.fake.heal();
            let second = bench.apply().await;
            prop_assert!(second.error().is_none(), "{:?}", second);
            prop_assert!(!bench.plan().await.has_changes());
            Ok(())
        })?;
    }
}
