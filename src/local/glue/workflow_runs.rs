//! Runs of workflows: they really start the jobs and crawlers that their triggers name, and follow them to the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::support::{invalid, members, not_found, page, text};
use super::{crawl, crawlers, runs, triggers, workflows};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::heavy;
use crate::local::owners::{self, Owner};
use crate::local::store::{Store, now};

/// How often a run looks at what it started.
const TICK: Duration = Duration::from_millis(50);

fn collection(workflow: &str) -> String {
    format!("glue/workflow-runs/{workflow}")
}

/// Forgets the runs of a workflow.
pub fn forget(store: &Store, workflow: &str) -> Result<(), ServiceError> {
    Ok(store.clear(&collection(workflow))?)
}

fn existing(store: &Store, workflow: &str, run: &str) -> ServiceResult {
    let found: Option<Value> = store.get(&collection(workflow), run)?;
    settled(store, found.ok_or_else(|| not_found(format!("Workflow run with id {run} not found")))?)
}

/// A run whose process died has failed.
fn settled(store: &Store, mut run: Value) -> ServiceResult {
    if in_flight(&run) && !owners::is_alive(store, text(&run, "_owner")) {
        run["Status"] = "ERROR".into();
        run["ErrorMessage"] = "The local cloud ended while this workflow ran".into();
        run["CompletedOn"] = now().into();
        put(store, &run)?;
    }
    Ok(run)
}

fn in_flight(run: &Value) -> bool {
    matches!(text(run, "Status"), "RUNNING" | "STOPPING")
}

fn put(store: &Store, run: &Value) -> Result<(), ServiceError> {
    Ok(store.put(&collection(text(run, "Name")), text(run, "WorkflowRunId"), run)?)
}

/// All runs, the newest first.
fn all(store: &Store, workflow: &str) -> Result<Vec<Value>, ServiceError> {
    let runs = store.list::<Value>(&collection(workflow))?.into_iter().map(|(_, run)| settled(store, run));
    let mut runs = runs.collect::<Result<Vec<_>, _>>()?;
    let started = |run: &Value| run["StartedOn"].as_f64().unwrap_or_default();
    runs.sort_by(|a, b| started(b).total_cmp(&started(a)));
    Ok(runs)
}

/// The newest run, as the API answers it.
pub fn last(store: &Store, workflow: &str, with_graph: bool) -> Result<Option<Value>, ServiceError> {
    all(store, workflow)?.into_iter().next().map(|run| shown(store, run, with_graph)).transpose()
}

fn shown(store: &Store, mut run: Value, with_graph: bool) -> ServiceResult {
    if with_graph {
        run["Graph"] = workflows::graph(store, text(&run, "Name"), &details(store, &run)?)?;
    }
    if let Some(members) = run.as_object_mut() {
        members.retain(|member, _| !member.starts_with('_'));
    }
    Ok(run)
}

/// `GetWorkflowRun`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    let name = text(input, "Name");
    workflows::existing(store, name)?;
    let run = existing(store, name, text(input, "RunId"))?;
    Ok(json!({ "Run": shown(store, run, with_graph(input))? }))
}

/// `GetWorkflowRuns`, the newest first.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let name = text(input, "Name");
    workflows::existing(store, name)?;
    let shown = all(store, name)?.into_iter().map(|run| shown(store, run, with_graph(input)));
    page("Runs", shown.collect::<Result<_, _>>()?, input, 1000)
}

fn with_graph(input: &Value) -> bool {
    input.get("IncludeGraph").and_then(Value::as_bool) == Some(true)
}

/// `StopWorkflowRun`: what it started is told to stop.
pub async fn stop(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    workflows::existing(store, name)?;
    let mut run = existing(store, name, text(input, "RunId"))?;
    if text(&run, "Status") != "RUNNING" {
        let message = format!("Workflow run is in state {}", text(&run, "Status"));
        return Err(ServiceError::bad_request("IllegalWorkflowStateException", message));
    }
    run["Status"] = "STOPPING".into();
    put(store, &run)?;
    Ok(json!({}))
}

/// `StartWorkflowRun`: fires the workflow's starting triggers now, whatever their schedule.
pub async fn start(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let lock = store.lock().await?;
    let name = text(input, "Name");
    let workflow = workflows::existing(store, name)?;
    let triggers = triggers::of_workflow(store, name)?;
    let starting: Vec<Value> = triggers.into_iter().filter(|t| text(t, "Type") != "CONDITIONAL").collect();
    if starting.is_empty() {
        return Err(invalid(format!("Workflow {name} has no starting trigger")));
    }
    let going = all(store, name)?.iter().filter(|run| in_flight(run)).count() as u64;
    if workflow["MaxConcurrentRuns"].as_u64().is_some_and(|most| going >= most) {
        let message = format!("Concurrent runs exceeded for workflow {name}");
        return Err(ServiceError::bad_request("ConcurrentRunsExceededException", message));
    }
    let id = format!("wr_{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let mut properties = members(&workflow["DefaultRunProperties"]);
    properties.extend(members(&input["RunProperties"]));
    let run = json!({
        "Name": name, "WorkflowRunId": id, "WorkflowRunProperties": properties, "StartedOn": now(), "Status": "RUNNING",
        "Statistics": statistics(&[]), "_owner": owner.id(), "_parts": []
    });
    put(store, &run)?;
    drop(lock);
    let (store, owner, name, run_id) = (store.clone(), owner.clone(), name.to_owned(), id.clone());
    heavy::handle().spawn(async move {
        if let Err(error) = follow(&store, &owner, &name, &run_id, starting).await {
            tracing::warn!("run {run_id} of workflow {name}: {error}");
        }
    });
    Ok(json!({ "RunId": id }))
}

/// Starts what a trigger names; each part as `{job or crawler, run, state, started}`.
pub async fn fire(store: &Store, owner: &Arc<Owner>, trigger: &Value) -> Vec<Value> {
    let mut parts = Vec::new();
    for action in trigger["Actions"].as_array().into_iter().flatten() {
        let (job, crawler, started) = (text(action, "JobName"), text(action, "CrawlerName"), now());
        let outcome = if crawler.is_empty() {
            let mut input = json!({ "JobName": job, "Arguments": members(&action["Arguments"]) });
            for member in ["Timeout", "SecurityConfiguration"] {
                if let Some(value) = action.get(member) {
                    input[member] = value.clone();
                }
            }
            runs::begin(store, owner, &input, Some(text(trigger, "Name"))).await
        } else {
            crawl::start(store, owner, &json!({ "Name": crawler })).await
        };
        let mut part = json!({ "job": job, "crawler": crawler, "started": started, "state": "RUNNING" });
        match outcome {
            Ok(answer) => part["run"] = answer["JobRunId"].clone(),
            Err(error) => {
                part["state"] = "ERROR".into();
                part["message"] = error.message.into();
            }
        }
        parts.push(part);
    }
    parts
}

/// Carries a run to its end: fires the conditional triggers whose conditions have come true, until nothing goes any more.
async fn follow(
    store: &Store,
    owner: &Arc<Owner>,
    workflow: &str,
    run: &str,
    starting: Vec<Value>,
) -> Result<(), ServiceError> {
    let (mut parts, mut fired) = (Vec::new(), BTreeSet::new());
    let mut due = starting;
    loop {
        for trigger in std::mem::take(&mut due) {
            fired.insert(text(&trigger, "Name").to_owned());
            parts.extend(fire(store, owner, &trigger).await);
        }
        tokio::time::sleep(TICK).await;
        for part in parts.iter_mut().filter(|part| is_going(part)) {
            look(store, part)?;
        }
        let lock = store.lock().await?;
        let mut document = match existing(store, workflow, run) {
            Ok(document) => document,
            Err(gone) if gone.code == "EntityNotFoundException" => return Ok(()),
            Err(error) => return Err(error),
        };
        document["Statistics"] = statistics(&parts);
        document["_parts"] = parts.clone().into();
        let stopping = text(&document, "Status") == "STOPPING";
        if !stopping {
            let waiting = triggers::of_workflow(store, workflow)?
                .into_iter()
                .filter(|trigger| text(trigger, "State") == "ACTIVATED" && !fired.contains(text(trigger, "Name")));
            due = waiting.filter(|trigger| has_come_true(&trigger["Predicate"], &parts)).collect();
        }
        if due.is_empty() && !parts.iter().any(is_going) {
            document["Status"] = if stopping { "STOPPED" } else { "COMPLETED" }.into();
            document["CompletedOn"] = now().into();
            return put(store, &document);
        }
        put(store, &document)?;
        drop(lock);
        if stopping {
            stop_parts(store, &parts).await;
        }
    }
}

async fn stop_parts(store: &Store, parts: &[Value]) {
    for part in parts.iter().filter(|part| is_going(part)) {
        // What cannot be stopped any more has ended; the next look sees it.
        let _ = match text(part, "crawler") {
            "" => runs::batch_stop(store, &json!({ "JobName": part["job"], "JobRunIds": [part["run"]] })).await,
            crawler => crawl::stop(store, &json!({ "Name": crawler })).await,
        };
    }
}

fn is_going(part: &Value) -> bool {
    matches!(text(part, "state"), "STARTING" | "RUNNING" | "STOPPING" | "WAITING" | "CANCELLING")
}

/// Brings a part's state up to date; a job or crawler that was deleted meanwhile counts as an error.
fn look(store: &Store, part: &mut Value) -> Result<(), ServiceError> {
    let state = match text(part, "crawler") {
        "" => runs::existing(store, text(part, "job"), text(part, "run")).map(|run| run["JobRunState"].clone()),
        crawler => crawlers::existing(store, crawler).map(|crawler| match crawlers::is_running(&crawler) {
            true => "RUNNING".into(),
            false => crawler["LastCrawl"]["Status"].clone(),
        }),
    };
    part["state"] = match state {
        Ok(state) => state,
        Err(gone) if gone.code == "EntityNotFoundException" => "ERROR".into(),
        Err(error) => return Err(error),
    };
    Ok(())
}

/// Whether a predicate holds of what has happened in this run.
fn has_come_true(predicate: &Value, parts: &[Value]) -> bool {
    let conditions = predicate["Conditions"].as_array().cloned().unwrap_or_default();
    let holds = |condition: &Value| {
        parts.iter().any(|part| match text(condition, "CrawlerName") {
            "" => part["job"] == condition["JobName"] && part["state"] == condition["State"],
            crawler => text(part, "crawler") == crawler && part["state"] == condition["CrawlState"],
        })
    };
    let any = text(predicate, "Logical") == "ANY";
    !conditions.is_empty() && if any { conditions.iter().any(holds) } else { conditions.iter().all(holds) }
}

fn statistics(parts: &[Value]) -> Value {
    let count = |states: &[&str]| parts.iter().filter(|part| states.contains(&text(part, "state"))).count();
    json!({
        "TotalActions": parts.len(), "SucceededActions": count(&["SUCCEEDED"]), "FailedActions": count(&["FAILED"]),
        "StoppedActions": count(&["STOPPED", "CANCELLED"]), "TimeoutActions": count(&["TIMEOUT"]),
        "ErroredActions": count(&["ERROR"]), "WaitingActions": count(&["WAITING"]),
        "RunningActions": count(&["STARTING", "RUNNING", "STOPPING"])
    })
}

/// What a run's graph says of its jobs and crawlers.
fn details(store: &Store, run: &Value) -> Result<Map<String, Value>, ServiceError> {
    let mut details = Map::new();
    for part in run["_parts"].as_array().into_iter().flatten() {
        match text(part, "crawler") {
            "" => {
                let job = text(part, "job");
                let runs = runs::existing(store, job, text(part, "run")).map(|run| vec![runs::public(run)]);
                details.insert(format!("job/{job}"), json!({ "JobRuns": runs.unwrap_or_default() }));
            }
            crawler => {
                let crawl = json!({ "State": part["state"], "StartedOn": part["started"] });
                details.insert(format!("crawler/{crawler}"), json!({ "Crawls": [crawl] }));
            }
        }
    }
    Ok(details)
}
