//! Workgroups. `primary` is always there.

use serde_json::{Map, Value, json};

use super::support::{given, invalid, members, page, text};
use super::tags;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

const COLLECTION: &str = "athena/workgroups";
const ENGINE: &str = "Athena engine version 3";

/// The workgroup's document, or Athena's refusal.
pub fn existing(store: &Store, workgroup: &str) -> ServiceResult {
    match store.get(COLLECTION, workgroup)? {
        Some(document) => Ok(document),
        None if workgroup == "primary" => Ok(primary()),
        None => Err(invalid(format!("WorkGroup {workgroup} is not found."))),
    }
}

fn primary() -> Value {
    json!({
        "Name": "primary",
        "State": "ENABLED",
        "Configuration": {
            "ResultConfiguration": {},
            "EnforceWorkGroupConfiguration": false,
            "PublishCloudWatchMetricsEnabled": true,
            "RequesterPaysEnabled": false,
            "EngineVersion": { "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": ENGINE }
        },
        "Description": "",
        "CreationTime": 1_480_550_400.0
    })
}

/// `CreateWorkGroup`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    if existing(store, name).is_ok() {
        return Err(invalid("WorkGroup is already created"));
    }
    let mut configuration = members(&input["Configuration"]);
    configuration.retain(|_, value| !value.is_null());
    configuration.entry("ResultConfiguration").or_insert_with(|| json!({}));
    configuration.entry("EnforceWorkGroupConfiguration").or_insert(true.into());
    configuration.entry("PublishCloudWatchMetricsEnabled").or_insert(false.into());
    configuration.entry("RequesterPaysEnabled").or_insert(false.into());
    check(&configuration)?;
    tags::put_new(store, &tags::arn(store, name), input.get("Tags"))?;
    let document = json!({
        "Name": name,
        "State": "ENABLED",
        "Configuration": with_engine(configuration),
        "Description": text(input, "Description"),
        "CreationTime": now()
    });
    store.put(COLLECTION, name, &document)?;
    Ok(json!({}))
}

/// `GetWorkGroup`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "WorkGroup": existing(store, text(input, "WorkGroup"))? }))
}

/// `ListWorkGroups`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let mut workgroups: Vec<Value> = store.list(COLLECTION)?.into_iter().map(|(_, workgroup)| workgroup).collect();
    if !workgroups.iter().any(|w| text(w, "Name") == "primary") {
        workgroups.push(primary());
        workgroups.sort_by(|a, b| text(a, "Name").cmp(text(b, "Name")));
    }
    let summary = |w: Value| {
        json!({
            "Name": w["Name"], "State": w["State"], "Description": w["Description"], "CreationTime": w["CreationTime"],
            "EngineVersion": w["Configuration"]["EngineVersion"]
        })
    };
    page("WorkGroups", workgroups.into_iter().map(summary).collect(), input, 50)
}

/// `UpdateWorkGroup`: what the updates leave out stays; the `Remove...` flags clear.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let mut workgroup = existing(store, text(input, "WorkGroup"))?;
    for member in ["Description", "State"] {
        if let Some(value) = given(input, member) {
            workgroup[member] = value.clone();
        }
    }
    let mut configuration = members(&workgroup["Configuration"]);
    for (member, value) in input["ConfigurationUpdates"].as_object().into_iter().flatten().filter(|(_, v)| !v.is_null())
    {
        match member.as_str() {
            "ResultConfigurationUpdates" => {
                let mut results = members(configuration.get("ResultConfiguration").unwrap_or(&Value::Null));
                lay_over(&mut results, value);
                configuration.insert("ResultConfiguration".into(), results.into());
            }
            "ManagedQueryResultsConfigurationUpdates" => {
                let mut managed =
                    members(configuration.get("ManagedQueryResultsConfiguration").unwrap_or(&Value::Null));
                lay_over(&mut managed, value);
                configuration.insert("ManagedQueryResultsConfiguration".into(), managed.into());
            }
            _ => lay_over(&mut configuration, &json!({ member: value })),
        }
    }
    check(&configuration)?;
    workgroup["Configuration"] = with_engine(configuration);
    store.put(COLLECTION, text(&workgroup, "Name"), &workgroup)?;
    Ok(json!({}))
}

/// Lays updates over a map: `RemoveX: true` clears `X`, anything else sets.
fn lay_over(base: &mut Map<String, Value>, updates: &Value) {
    for (member, value) in updates.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null()) {
        match member.strip_prefix("Remove") {
            Some(removed) if value == &Value::Bool(true) => drop(base.shift_remove(removed)),
            Some(_) => {}
            None => drop(base.insert(member.clone(), value.clone())),
        }
    }
}

/// `DeleteWorkGroup`: one with named queries or past executions only with `RecursiveDeleteOption`.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "WorkGroup");
    existing(store, name)?;
    if name == "primary" {
        return Err(invalid("The primary WorkGroup cannot be deleted"));
    }
    let of = |collection: &str| -> Result<Vec<String>, ServiceError> {
        let documents = store.list::<Value>(collection)?.into_iter();
        Ok(documents.filter(|(_, d)| text(d, "WorkGroup") == name).map(|(id, _)| id).collect())
    };
    let (queries, executions) = (of("athena/named-queries")?, of("athena/executions")?);
    let recursive = given(input, "RecursiveDeleteOption") == Some(&Value::Bool(true));
    let holds_something = !queries.is_empty() || !executions.is_empty();
    if holds_something && !recursive {
        return Err(invalid(format!("WorkGroup {name} is not empty")));
    }
    queries.iter().try_for_each(|id| store.delete("athena/named-queries", id).map(drop))?;
    executions.iter().try_for_each(|id| store.delete("athena/executions", id).map(drop))?;
    executions.iter().try_for_each(|id| super::results::forget(store, id))?;
    store.delete(COLLECTION, name)?;
    tags::forget(store, &tags::arn(store, name))?;
    Ok(json!({}))
}

fn check(configuration: &Map<String, Value>) -> Result<(), ServiceError> {
    let results = configuration.get("ResultConfiguration").unwrap_or(&Value::Null);
    let location = text(results, "OutputLocation");
    if !location.is_empty() {
        check_location(location)?;
    }
    let encryption = &results["EncryptionConfiguration"];
    if matches!(text(encryption, "EncryptionOption"), "SSE_KMS" | "CSE_KMS") && text(encryption, "KmsKey").is_empty() {
        return Err(invalid("KMS key is required for the encryption option SSE_KMS or CSE_KMS"));
    }
    let managed = configuration.get("ManagedQueryResultsConfiguration").and_then(|m| m.get("Enabled"));
    if managed == Some(&Value::Bool(true))
        && !(location.is_empty() && given(results, "EncryptionConfiguration").is_none())
    {
        return Err(invalid("Managed query results and ResultConfiguration cannot be set together"));
    }
    Ok(())
}

/// Refuses an output location that is no `s3://bucket/...`.
pub fn check_location(location: &str) -> Result<(), ServiceError> {
    match location.strip_prefix("s3://").and_then(|rest| rest.split('/').next()) {
        Some(bucket) if !bucket.is_empty() => Ok(()),
        _ => Err(invalid("outputLocation is not a valid S3 path.")),
    }
}

fn with_engine(mut configuration: Map<String, Value>) -> Value {
    let version = configuration.get("EngineVersion").unwrap_or(&Value::Null);
    let selected = match text(version, "SelectedEngineVersion") {
        "" => "AUTO",
        selected => selected,
    };
    let engine = json!({ "SelectedEngineVersion": selected, "EffectiveEngineVersion": ENGINE });
    configuration.insert("EngineVersion".into(), engine);
    configuration.into()
}
