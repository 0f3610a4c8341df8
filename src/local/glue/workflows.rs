//! Workflow definitions: a name that ties triggers together. What one does when it runs is in [`super::workflow_runs`].

use serde_json::{Map, Value, json};

use super::support::{already_exists, invalid, members, not_found, page, text, texts};
use super::{tags, triggers, workflow_runs};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

const COLLECTION: &str = "glue/workflows";

/// The workflow's document, or Glue's refusal.
pub fn existing(store: &Store, workflow: &str) -> ServiceResult {
    store.get(COLLECTION, workflow)?.ok_or_else(|| not_found(format!("Workflow {workflow} not found.")))
}

fn names(store: &Store) -> Result<Vec<String>, ServiceError> {
    Ok(store.list::<Value>(COLLECTION)?.into_iter().map(|(name, _)| name).collect())
}

/// `CreateWorkflow`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    if store.get::<Value>(COLLECTION, name)?.is_some() {
        return Err(already_exists(format!("Workflow with name {name} already exists")));
    }
    let time = now();
    tags::put_new(store, &tags::arn(store, "workflow", name), input.get("Tags"))?;
    store.put(COLLECTION, name, &document(input, time, time)?)?;
    Ok(json!({ "Name": name }))
}

/// `GetWorkflow`, with its last run.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "Workflow": shown(store, existing(store, text(input, "Name"))?, input)? }))
}

/// `BatchGetWorkflows`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in texts(input, "Names") {
        match store.get::<Value>(COLLECTION, &name)? {
            Some(workflow) => found.push(shown(store, workflow, input)?),
            None => missing.push(name),
        }
    }
    Ok(json!({ "Workflows": found, "MissingWorkflows": missing }))
}

/// `ListWorkflows`: names.
pub async fn list_names(store: &Store, input: &Value) -> ServiceResult {
    page("Workflows", names(store)?.into_iter().map(Value::from).collect(), input, 25)
}

/// `UpdateWorkflow`: what the update leaves out is reset.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    let created = existing(store, name)?["CreatedOn"].as_f64().unwrap_or_else(now);
    store.put(COLLECTION, name, &document(input, created, now())?)?;
    Ok(json!({ "Name": name }))
}

/// `DeleteWorkflow`: one that is not there is no error. Its runs go with it; its triggers are left, without a workflow.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    store.delete(COLLECTION, name)?;
    workflow_runs::forget(store, name)?;
    triggers::leave_workflow(store, name)?;
    tags::forget(store, &tags::arn(store, "workflow", name))?;
    Ok(json!({ "Name": name }))
}

fn document(input: &Value, created: f64, updated: f64) -> ServiceResult {
    if input.get("MaxConcurrentRuns").and_then(Value::as_i64).is_some_and(|most| most < 1) {
        return Err(invalid("MaxConcurrentRuns must be at least 1"));
    }
    let mut workflow = members(input);
    workflow.shift_remove("Tags");
    workflow.retain(|_, value| !value.is_null());
    workflow.insert("CreatedOn".into(), created.into());
    workflow.insert("LastModifiedOn".into(), updated.into());
    Ok(workflow.into())
}

fn shown(store: &Store, mut workflow: Value, input: &Value) -> ServiceResult {
    let name = text(&workflow, "Name").to_owned();
    let with_graph = input.get("IncludeGraph").and_then(Value::as_bool) == Some(true);
    if let Some(last) = workflow_runs::last(store, &name, with_graph)? {
        workflow["LastRun"] = last;
    }
    if with_graph {
        workflow["Graph"] = graph(store, &name, &Map::new())?;
    }
    Ok(workflow)
}

/// Triggers, jobs and crawlers as nodes, what starts what as edges. `runs` holds what a run did, by `job/NAME` and
/// `crawler/NAME`: the details of these nodes.
pub fn graph(store: &Store, workflow: &str, runs: &Map<String, Value>) -> ServiceResult {
    let (mut nodes, mut edges) = (Map::new(), Vec::new());
    let node = |nodes: &mut Map<String, Value>, kind: &str, name: &str, details: Value| {
        let id = format!("{}/{name}", kind.to_lowercase());
        let mut node = json!({ "Type": kind, "Name": name, "UniqueId": id });
        let details = runs.get(&id).cloned().unwrap_or(details);
        let member = match kind {
            "TRIGGER" => "TriggerDetails",
            "JOB" => "JobDetails",
            _ => "CrawlerDetails",
        };
        node[member] = details;
        nodes.entry(id.clone()).or_insert(node);
        id
    };
    for trigger in triggers::of_workflow(store, workflow)? {
        let at = node(&mut nodes, "TRIGGER", text(&trigger, "Name"), json!({ "Trigger": trigger.clone() }));
        let parts = |list: Value| list.as_array().cloned().unwrap_or_default();
        let target = |part: &Value| match text(part, "CrawlerName") {
            "" => ("JOB", text(part, "JobName").to_owned()),
            crawler => ("CRAWLER", crawler.to_owned()),
        };
        for condition in parts(trigger["Predicate"]["Conditions"].clone()) {
            let (kind, name) = target(&condition);
            let from = node(&mut nodes, kind, &name, json!({}));
            edges.push(json!({ "SourceId": from, "DestinationId": at }));
        }
        for action in parts(trigger["Actions"].clone()) {
            let (kind, name) = target(&action);
            let to = node(&mut nodes, kind, &name, json!({}));
            edges.push(json!({ "SourceId": at, "DestinationId": to }));
        }
    }
    Ok(json!({ "Nodes": nodes.into_iter().map(|(_, node)| node).collect::<Vec<_>>(), "Edges": edges }))
}
