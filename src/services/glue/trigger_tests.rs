use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::manifest::spanned::Spanned;
use crate::services::testing::{desired, manifest, owner};

/// One of the desired resources of the sample pipeline with a schedule.
pub(in crate::services::glue) fn scheduled(address: &str) -> Resource {
    let mut manifest = manifest();
    manifest.schedule = Some(Spanned::unplaced("cron(0 3 * * ? *)".into()));
    desired(&manifest).unwrap().into_iter().find(|r| r.address.to_string() == address).expect("a known address")
}

fn starting() -> Resource {
    scheduled("glue_trigger.spotify-dev-schedule")
}

fn in_state(state: &str) -> Reply {
    Reply::json(json!({"Trigger": {"Name": "spotify-dev-schedule", "Type": "SCHEDULED", "State": state,
        "Schedule": "cron(0 1 * * ? *)", "Actions": [{"JobName": "spotify-dev"}]}}))
}

fn done() -> Reply {
    Reply::json(json!({"Name": "spotify-dev-schedule"}))
}

fn not_there() -> Reply {
    Reply::json_error(400, "EntityNotFoundException", "Trigger spotify-dev-schedule not found.")
}

#[test]
fn without_a_schedule_there_are_none() {
    let all = desired(&manifest()).unwrap();
    assert!(all.iter().all(|r| !matches!(r.address.kind, Kind::GlueTrigger | Kind::GlueWorkflow)));
}

#[test]
fn the_job_comes_first_and_the_crawler_when_it_succeeded() {
    let start = starting();
    assert_eq!(start.fields["schedule"], json!("cron(0 3 * * ? *)"));
    assert_eq!(start.fields["actions"], json!([{"job": "spotify-dev"}]));
    let on: Vec<_> = start.depends_on.iter().map(ToString::to_string).collect();
    assert_eq!(on, ["glue_workflow.spotify-dev", "glue_job.spotify-dev"]);
    let crawl = scheduled("glue_trigger.spotify-dev-crawl");
    assert_eq!(crawl.fields["predicate"], json!({"conditions": [{"job": "spotify-dev", "state": "SUCCEEDED"}]}));
    let on: Vec<_> = crawl.depends_on.iter().map(ToString::to_string).collect();
    assert_eq!(on, ["glue_workflow.spotify-dev", "glue_job.spotify-dev", "glue_crawler.spotify-dev"]);
    assert_eq!(crawl.fields["schedule"], json!(null));
}

#[tokio::test]
async fn a_workflow_that_another_trigger_is_added_to_is_waited_for() {
    let text = "Workflow spotify-dev was modified while adding trigger spotify-dev-schedule";
    let busy = Reply::json_error(400, "ConcurrentModificationException", text);
    let server = Canned::start(vec![busy, done(), in_state("CREATING"), in_state("ACTIVATED")]).await;
    Trigger.create(&session(&server), &starting()).await.unwrap();
    assert_eq!(server.operations(), ["CreateTrigger", "CreateTrigger", "GetTrigger", "GetTrigger"]);
    let sent = server.asked()[1].json();
    assert_eq!(sent["StartOnCreation"], true);
    assert_eq!(sent["Actions"], json!([{"JobName": "spotify-dev"}]));
}

#[tokio::test]
async fn one_that_somebody_switched_off_is_switched_on() {
    let tags = Reply::json(json!({"Tags": {"pipectl:pipeline": "spotify", "pipectl:environment": "dev"}}));
    let server = Canned::start(vec![in_state("DEACTIVATED"), tags]).await;
    let live = Trigger.read(&session(&server), &owner(), &starting()).await.unwrap().unwrap();
    assert_eq!(live.resource.fields["state"], json!("DEACTIVATED"));

    let replies = vec![in_state("DEACTIVATED"), done(), in_state("ACTIVATING"), in_state("ACTIVATED")];
    let server = Canned::start(replies).await;
    Trigger.update(&session(&server), &starting(), &starting(), &["state".into()]).await.unwrap();
    assert_eq!(server.operations(), ["GetTrigger", "StartTrigger", "GetTrigger", "GetTrigger"]);
}

#[tokio::test]
async fn a_change_waits_for_the_one_before() {
    let text = "The operation is not allowed when trigger is in state: ACTIVATING";
    let replies = vec![
        in_state("ACTIVATING"),
        Reply::json_error(400, "InvalidInputException", text),
        in_state("ACTIVATED"),
        done(),
        in_state("ACTIVATED"),
    ];
    let server = Canned::start(replies).await;
    Trigger.update(&session(&server), &starting(), &starting(), &["schedule".into()]).await.unwrap();
    assert_eq!(server.operations(), ["GetTrigger", "UpdateTrigger", "GetTrigger", "UpdateTrigger", "GetTrigger"]);
    let update = server.asked()[3].json()["TriggerUpdate"].clone();
    assert_eq!(update["Schedule"], "cron(0 3 * * ? *)");
    assert_eq!(update["Actions"], json!([{"JobName": "spotify-dev"}]));
}

#[tokio::test]
async fn a_deletion_is_waited_for() {
    let server = Canned::start(vec![done(), in_state("DELETING"), not_there()]).await;
    assert_eq!(Trigger.delete(&session(&server), &starting(), false).await.unwrap(), Deleted::Gone);
    assert_eq!(server.operations(), ["DeleteTrigger", "GetTrigger", "GetTrigger"]);
}

#[tokio::test]
async fn one_that_is_going_is_not_there_and_made_again_once_it_is_gone() {
    let server = Canned::start(vec![in_state("DELETING")]).await;
    assert!(Trigger.read(&session(&server), &owner(), &starting()).await.unwrap().is_none());
    let taken = Reply::json_error(400, "AlreadyExistsException", "Trigger already exists");
    let replies = vec![taken, in_state("DELETING"), not_there(), done(), in_state("ACTIVATED")];
    let server = Canned::start(replies).await;
    Trigger.create(&session(&server), &starting()).await.unwrap();
    let expected = ["CreateTrigger", "GetTrigger", "GetTrigger", "CreateTrigger", "GetTrigger"];
    assert_eq!(server.operations(), expected);
}
