//! Trigger definitions and their states. A state is on its way for a moment, as Glue's are, and what Glue refuses
//! meanwhile is refused. Schedules never come due here: a workflow runs when `StartWorkflowRun` says so.

use std::sync::Arc;

use serde_json::{Value, json};

use super::support::{already_exists, invalid, members, not_found, page, text, texts};
use super::{crawlers, jobs, tags, workflow_runs, workflows};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::owners::Owner;
use crate::local::store::{Store, now};

const COLLECTION: &str = "glue/triggers";
/// How long a change of state is under way, in seconds.
const UNDER_WAY: f64 = 0.05;

/// The trigger's document, or Glue's refusal.
fn existing(store: &Store, trigger: &str) -> ServiceResult {
    let found: Option<Value> = store.get(COLLECTION, trigger)?;
    Ok(settled(found.ok_or_else(|| not_found(format!("Trigger {trigger} not found.")))?))
}

/// All triggers, sorted.
fn all(store: &Store) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list::<Value>(COLLECTION)?.into_iter().map(|(_, trigger)| settled(trigger)).collect())
}

/// A state that was on its way has arrived after a moment.
fn settled(mut trigger: Value) -> Value {
    if now() - trigger["_since"].as_f64().unwrap_or_default() >= UNDER_WAY {
        let arrived = match text(&trigger, "State") {
            "ACTIVATING" => "ACTIVATED",
            "DEACTIVATING" => "DEACTIVATED",
            other => other,
        };
        trigger["State"] = arrived.into();
    }
    trigger
}

/// As the API answers it: without what is only ours.
fn public(mut trigger: Value) -> Value {
    if let Some(members) = trigger.as_object_mut() {
        members.retain(|member, _| !member.starts_with('_'));
    }
    trigger
}

/// The triggers of a workflow, as the API answers them.
pub fn of_workflow(store: &Store, workflow: &str) -> Result<Vec<Value>, ServiceError> {
    Ok(all(store)?.into_iter().filter(|t| text(t, "WorkflowName") == workflow).map(public).collect())
}

/// A workflow that goes leaves its triggers behind.
pub fn leave_workflow(store: &Store, workflow: &str) -> Result<(), ServiceError> {
    for mut trigger in all(store)?.into_iter().filter(|t| text(t, "WorkflowName") == workflow) {
        if let Some(members) = trigger.as_object_mut() {
            members.shift_remove("WorkflowName");
        }
        put(store, &trigger)?;
    }
    Ok(())
}

fn put(store: &Store, trigger: &Value) -> Result<(), ServiceError> {
    Ok(store.put(COLLECTION, text(trigger, "Name"), trigger)?)
}

/// `CreateTrigger`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    if store.get::<Value>(COLLECTION, name)?.is_some() {
        return Err(already_exists(format!("Trigger with name {name} already exists")));
    }
    let starts = input.get("StartOnCreation").and_then(Value::as_bool) == Some(true);
    if starts && !has_states(input) {
        return Err(invalid(format!("StartOnCreation is not supported for {} triggers", text(input, "Type"))));
    }
    let mut trigger = members(input);
    for member in ["Tags", "StartOnCreation"] {
        trigger.shift_remove(member);
    }
    trigger.retain(|_, value| !value.is_null());
    trigger.insert("State".into(), if starts { "ACTIVATING" } else { "CREATED" }.into());
    trigger.insert("_since".into(), now().into());
    let trigger = trigger.into();
    check(store, &trigger)?;
    tags::put_new(store, &tags::arn(store, "trigger", name), input.get("Tags"))?;
    put(store, &trigger)?;
    Ok(json!({ "Name": name }))
}

/// `GetTrigger`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "Trigger": public(existing(store, text(input, "Name"))?) }))
}

/// `GetTriggers`, those that start a job when the input names one.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    page("Triggers", listed(store, input)?.into_iter().map(public).collect(), input, 200)
}

/// `ListTriggers`: names, filtered by job and tags.
pub async fn list_names(store: &Store, input: &Value) -> ServiceResult {
    let names = listed(store, input)?.iter().map(|trigger| text(trigger, "Name").to_owned()).collect();
    page("TriggerNames", tags::filtered(store, "trigger", names, input)?, input, 200)
}

/// `BatchGetTriggers`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in texts(input, "TriggerNames") {
        match existing(store, &name) {
            Ok(trigger) => found.push(public(trigger)),
            Err(_) => missing.push(name),
        }
    }
    Ok(json!({ "Triggers": found, "TriggersNotFound": missing }))
}

fn listed(store: &Store, input: &Value) -> Result<Vec<Value>, ServiceError> {
    let job = text(input, "DependentJobName");
    if !job.is_empty() {
        jobs::existing(store, job)?;
    }
    let starts_it =
        |trigger: &Value| trigger["Actions"].as_array().into_iter().flatten().any(|a| text(a, "JobName") == job);
    Ok(all(store)?.into_iter().filter(|trigger| job.is_empty() || starts_it(trigger)).collect())
}

/// `UpdateTrigger`: replaces the definition; what the update leaves out is gone. Type, workflow and state stay.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let old = existing(store, text(input, "Name"))?;
    refuse_under_way(&old)?;
    let mut trigger = members(&input["TriggerUpdate"]);
    trigger.retain(|_, value| !value.is_null());
    for member in ["Name", "WorkflowName", "Type", "State", "_since"] {
        if let Some(value) = old.get(member) {
            trigger.insert(member.into(), value.clone());
        }
    }
    let trigger = trigger.into();
    check(store, &trigger)?;
    put(store, &trigger)?;
    Ok(json!({ "Trigger": public(trigger) }))
}

/// `DeleteTrigger`: one that is not there is no error.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    store.delete(COLLECTION, name)?;
    tags::forget(store, &tags::arn(store, "trigger", name))?;
    Ok(json!({ "Name": name }))
}

/// `StartTrigger`: switches a scheduled or conditional one on; one on demand starts what it is for.
pub async fn start(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let lock = store.lock().await?;
    let mut trigger = existing(store, text(input, "Name"))?;
    let name = json!({ "Name": trigger["Name"].clone() });
    match text(&trigger, "Type") {
        "EVENT" => return Err(invalid("Trigger Type EVENT cannot be started")),
        "ON_DEMAND" => {
            drop(lock);
            let workflow = text(&trigger, "WorkflowName").to_owned();
            if workflow.is_empty() {
                workflow_runs::fire(store, owner, &trigger).await;
            } else {
                workflow_runs::start(store, owner, &json!({ "Name": workflow })).await?;
            }
            return Ok(name);
        }
        _ => {}
    }
    if !matches!(text(&trigger, "State"), "CREATED" | "DEACTIVATED") {
        return Err(not_allowed(&trigger));
    }
    trigger["State"] = "ACTIVATING".into();
    trigger["_since"] = now().into();
    put(store, &trigger)?;
    Ok(name)
}

/// `StopTrigger`.
pub async fn stop(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let mut trigger = existing(store, text(input, "Name"))?;
    if text(&trigger, "State") != "ACTIVATED" {
        return Err(not_allowed(&trigger));
    }
    trigger["State"] = "DEACTIVATING".into();
    trigger["_since"] = now().into();
    put(store, &trigger)?;
    Ok(json!({ "Name": trigger["Name"].clone() }))
}

fn has_states(trigger: &Value) -> bool {
    matches!(text(trigger, "Type"), "SCHEDULED" | "CONDITIONAL")
}

fn refuse_under_way(trigger: &Value) -> Result<(), ServiceError> {
    if text(trigger, "State").ends_with("ING") { Err(not_allowed(trigger)) } else { Ok(()) }
}

fn not_allowed(trigger: &Value) -> ServiceError {
    invalid(format!("The operation is not allowed when trigger is in state: {}", text(trigger, "State")))
}

/// What Glue refuses in a trigger.
fn check(store: &Store, trigger: &Value) -> Result<(), ServiceError> {
    let kind = text(trigger, "Type");
    let schedule = text(trigger, "Schedule");
    if kind == "SCHEDULED" {
        crawlers::check_schedule(schedule)?;
    } else if !schedule.is_empty() {
        return Err(invalid(format!("Schedule is not allowed for a trigger of type {kind}")));
    }
    let conditions = trigger["Predicate"]["Conditions"].as_array().cloned().unwrap_or_default();
    if kind == "CONDITIONAL" {
        check_conditions(&conditions)?;
    } else if !conditions.is_empty() {
        return Err(invalid(format!("Predicate is not allowed for a trigger of type {kind}")));
    }
    let workflow = text(trigger, "WorkflowName");
    if !workflow.is_empty() {
        workflows::existing(store, workflow)?;
    }
    let actions = trigger["Actions"].as_array().cloned().unwrap_or_default();
    if actions.is_empty() {
        return Err(invalid("Actions cannot be null or empty"));
    }
    for action in &actions {
        match (text(action, "JobName"), text(action, "CrawlerName")) {
            ("", "") => return Err(invalid("Either Job Name or Crawler Name must be set in an action")),
            (job, "") => jobs::existing(store, job)?,
            ("", crawler) => crawlers::existing(store, crawler)?,
            _ => return Err(invalid("Both Job Name and Crawler Name cannot be set together in an action")),
        };
        if conditions.iter().any(|c| !text(c, "JobName").is_empty() && c["JobName"] == action["JobName"]) {
            return Err(invalid("Job cannot be a Predicate and Action for Conditional Trigger."));
        }
    }
    Ok(())
}

fn check_conditions(conditions: &[Value]) -> Result<(), ServiceError> {
    if conditions.is_empty() {
        return Err(invalid("Predicate cannot be null or empty for a trigger of type CONDITIONAL"));
    }
    for condition in conditions {
        if text(condition, "LogicalOperator").is_empty() {
            return Err(invalid("Logical operator cannot be null or empty"));
        }
        let state = if text(condition, "CrawlerName").is_empty() { "State" } else { "CrawlState" };
        if text(condition, state).is_empty() {
            return Err(invalid("State cannot be null or empty"));
        }
    }
    Ok(())
}
