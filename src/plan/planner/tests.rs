use proptest::prelude::*;
use serde_json::json;

use super::super::testing::{address, demo, estrange, input, outline, set, shown, snapshot};
use super::*;
use crate::plan::Op;

fn refusal(input: &Input<'_>) -> Error {
    plan(input).unwrap_err()
}

#[test]
fn nothing_there_makes_everything_in_order() {
    let desired = demo();
    let plan = plan(&input(&desired, &Snapshot::default())).unwrap();
    insta::assert_snapshot!(outline(&plan), @r"
    create s3_bucket.demo: it does not exist
    create s3_prefix.staging: it does not exist
    create s3_object.script: it does not exist
    create iam_role.demo: it does not exist
    create glue_database.demo: it does not exist
    create glue_table.hits: it does not exist
    create glue_job.demo: it does not exist
    create glue_crawler.demo: it does not exist
    create athena_workgroup.demo: it does not exist
    create athena_named_query.top: it does not exist
    ");
    assert_eq!(plan.summary, Summary { create: 10, ..Summary::default() });
}

#[test]
fn what_is_as_wanted_stays() {
    let desired = demo();
    let plan = plan(&input(&desired, &snapshot(&desired))).unwrap();
    assert!(!plan.has_changes());
    assert_eq!(plan.summary.unchanged, 10);
    assert_eq!(plan.steps().unwrap(), []);
}

#[test]
fn changes_say_what_differs() {
    let mut live = demo();
    set(&mut live, "glue_job.demo", "workers", json!(10));
    set(&mut live, "glue_job.demo", "tags", json!({"pipectl:pipeline": "demo", "other": "x"}));
    set(&mut live, "glue_crawler.demo", "schedule", json!("cron(0 3 * * ? *)"));
    set(&mut live, "glue_crawler.demo", "description", json!("by hand"));
    set(&mut live, "athena_named_query.top", "workgroup", json!("primary"));
    let desired = demo();
    let mut found = snapshot(&live);
    found.resources.remove(&address("glue_table.hits"));
    let plan = plan(&input(&desired, &found)).unwrap();
    let changes: Vec<_> = plan.changes.iter().filter(|c| c.action != Action::None).cloned().collect();
    insta::assert_snapshot!(shown(&Plan { changes, ..plan }), @r#"
    create glue_table.hits: it does not exist
        columns: null -> [{"name":"id","type":"string"},{"name":"n","type":"int"}]
        format: null -> "parquet"
        parameters.pipectl:pipeline: null -> "demo"
    update glue_job.demo: `workers` differs
        workers: 10 -> 2
    update glue_crawler.demo: `description` and `schedule` differ
        description: "by hand" -> ""
        schedule: "cron(0 3 * * ? *)" -> null
    replace athena_named_query.top: `workgroup` differs, which cannot change in place
        workgroup: "primary" -> "demo"
    "#);
}

#[test]
fn strangers_are_listed_and_taken_over_by_name() {
    let desired = demo();
    let mut found = snapshot(&desired);
    estrange(&mut found, "s3_bucket.demo");
    estrange(&mut found, "glue_job.demo");
    found.resources.get_mut(&address("s3_bucket.demo")).unwrap().resource.fields.clear();
    let error = refusal(&input(&desired, &found));
    assert_eq!((error.code(), error.kind()), ("stranger", ErrorKind::Conflict));
    assert_eq!(error.message(), "2 resources are not this pipeline's");
    assert_eq!(error.notes()[0], "`s3_bucket.demo`: it carries no pipectl tags");
    assert!(error.help().unwrap().contains("--adopt ADDR"));

    let one = [address("s3_bucket.demo")];
    let error = refusal(&Input { adopt: &one, ..input(&desired, &found) });
    assert_eq!(error.message(), "`glue_job.demo` is not this pipeline's: it carries no pipectl tags");
    assert!(error.help().unwrap().contains("--adopt glue_job.demo"));

    let both = [address("s3_bucket.demo"), address("glue_job.demo")];
    let plan = plan(&Input { adopt: &both, ..input(&desired, &found) }).unwrap();
    assert_eq!(plan.summary, Summary { adopt: 2, unchanged: 8, ..Summary::default() });
    insta::assert_snapshot!(shown(&plan).lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    adopt s3_bucket.demo: taken over: it carries no pipectl tags
        tags.pipectl:pipeline: null -> "demo"
    "#);
}

#[test]
fn a_stranger_that_would_be_replaced_is_not_taken_over() {
    let desired = demo();
    let mut live = demo();
    set(&mut live, "athena_named_query.top", "workgroup", json!("primary"));
    let mut found = snapshot(&live);
    estrange(&mut found, "athena_named_query.top");
    let adopt = [address("athena_named_query.top")];
    let error = refusal(&Input { adopt: &adopt, ..input(&desired, &found) });
    assert_eq!(error.code(), "adopt-replaces");
    assert_eq!(error.message(), "`athena_named_query.top` cannot be taken over: `workgroup` differs");
}

#[test]
fn existing_things_are_used_and_must_be_there() {
    let mut desired = demo();
    desired[0].existing = true;
    let mut live = demo();
    set(&mut live, "s3_bucket.demo", "versioning", json!("enabled"));
    let mut found = snapshot(&live);
    estrange(&mut found, "s3_bucket.demo");
    let made = plan(&input(&desired, &found)).unwrap();
    assert!(!made.has_changes());
    assert_eq!(made.changes[0].reason, "it is used, not owned");
    found.resources.remove(&address("s3_bucket.demo"));
    let error = refusal(&input(&desired, &found));
    assert_eq!((error.code(), error.message()), ("missing-existing", "`s3_bucket.demo` does not exist"));
}

#[test]
fn what_left_the_manifest_goes() {
    let mut live = demo();
    live.push(super::super::testing::resource("glue_table.old", json!({}), &[]));
    live.push(super::super::testing::resource("s3_bucket.old", json!({}), &[]));
    live.push(super::super::testing::resource("glue_table.theirs", json!({}), &[]));
    let mut found = snapshot(&live);
    estrange(&mut found, "glue_table.theirs");
    let desired = demo();
    let plan = plan(&input(&desired, &found)).unwrap();
    assert_eq!(plan.summary, Summary { delete: 2, unchanged: 10, ..Summary::default() });
    let outline = outline(&plan);
    let last: Vec<&str> = outline.lines().skip(10).collect();
    insta::assert_snapshot!(last.join("\n"), @r"
    delete glue_table.old: it left the manifest
    delete s3_bucket.old: it left the manifest
    ");
    let error = refusal(&Input { protect: true, ..input(&desired, &found) });
    assert_eq!(error.message(), "this pipeline is protected, and `s3_bucket.old` would be deleted");
}

#[test]
fn protection_refuses_replacement_alone() {
    let desired = demo();
    let mut live = demo();
    set(&mut live, "glue_job.demo", "workers", json!(10));
    let protected = |found: &Snapshot| plan(&Input { protect: true, ..input(&desired, found) });
    assert!(protected(&snapshot(&live)).is_ok());
    set(&mut live, "athena_named_query.top", "database", json!("other"));
    let error = protected(&snapshot(&live)).unwrap_err();
    assert_eq!(error.code(), "protected");
    assert_eq!(error.message(), "this pipeline is protected, and `athena_named_query.top` would be replaced");
}

#[test]
fn targets_bring_what_they_stand_on() {
    let desired = demo();
    let target = [address("glue_job.demo")];
    let mut found = Snapshot::default();
    let made = plan(&Input { target: &target, ..input(&desired, &found) }).unwrap();
    insta::assert_snapshot!(outline(&made), @r"
    create s3_bucket.demo: it does not exist
    create s3_object.script: it does not exist
    create iam_role.demo: it does not exist
    create glue_job.demo: it does not exist
    ");
    // A stranger elsewhere does not matter.
    found = snapshot(&desired);
    estrange(&mut found, "athena_workgroup.demo");
    assert!(plan(&Input { target: &target, ..input(&desired, &found) }).is_ok());
    let wrong = [address("glue_job.demos")];
    let error = refusal(&Input { target: &wrong, ..input(&desired, &found) });
    assert_eq!((error.code(), error.help()), ("unknown-address", Some("did you mean `glue_job.demo`?")));
}

#[test]
fn what_a_replaced_holder_holds_is_replaced_too() {
    let desired = demo();
    let made = |action: Action, holder: &str| {
        let mut decided = BTreeMap::new();
        let want = desired.iter().find(|r| r.address.to_string() == holder).unwrap();
        let change = decide::change(want, None, action, "", Vec::new());
        decided.insert(&want.address, Decision::Change(Box::new(change)));
        let query = desired.last().unwrap();
        let mut change = decide::change(query, None, Action::None, "nothing differs", Vec::new());
        fall_with_holder(query, &mut change, &decided);
        (change.action, change.reason)
    };
    let told = "`athena_workgroup.demo`, which holds it, is replaced".to_owned();
    assert_eq!(made(Action::Replace, "athena_workgroup.demo"), (Action::Replace, told));
    assert_eq!(made(Action::Update, "athena_workgroup.demo").0, Action::None);
    assert_eq!(made(Action::Replace, "glue_database.demo").0, Action::None, "it is only named by the query");
}

#[test]
fn broken_promises_of_our_own_are_bugs() {
    let mut desired = demo();
    set(&mut desired, "glue_job.demo", "wokers", json!(1));
    assert_eq!(refusal(&input(&desired, &Snapshot::default())).code(), "bug");
}

proptest! {
    /// Whatever is missing or drifted, the plan is deterministic, covers everything once, its steps respect the
    /// dependencies, and once what it says is done, the next plan is empty.
    #[test]
    fn plans_are_complete_ordered_and_end(fate in prop::collection::vec(0u8..4, 10)) {
        let desired = demo();
        let mut found = snapshot(&desired);
        for (resource, fate) in desired.iter().zip(&fate) {
            match fate {
                0 => { found.resources.remove(&resource.address); }
                1 => {
                    let fields = &mut found.resources.get_mut(&resource.address).unwrap().resource.fields;
                    fields.clear();
                    fields.insert("description".into(), json!("drifted"));
                }
                _ => {}
            }
        }
        let first = plan(&input(&desired, &found)).unwrap();
        prop_assert_eq!(&first, &plan(&input(&desired, &found)).unwrap());
        prop_assert_eq!(first.changes.len(), desired.len());
        let steps = first.steps().unwrap();
        for (at, step) in steps.iter().enumerate() {
            let change = &first.changes[step.change];
            for below in &change.desired.as_ref().unwrap().depends_on {
                let made = steps.iter().position(|s| first.changes[s.change].address == *below && s.op != Op::Remove);
                if step.op != Op::Remove && let Some(made) = made {
                    prop_assert!(made < at, "{} before {}", below, change.address);
                }
            }
        }
        for change in &first.changes {
            match change.action {
                Action::None => {}
                _ => {
                    let want = change.desired.clone().unwrap();
                    found.resources.insert(change.address.clone(), Live { resource: want, ownership: Ownership::Ours });
                }
            }
        }
        prop_assert!(!plan(&input(&desired, &found)).unwrap().has_changes());
    }
}
