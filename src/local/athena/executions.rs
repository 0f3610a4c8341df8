//! Query executions: started, followed, stopped.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::results;
use super::sql::catalog::GlueCatalog;
use super::sql::scan::CUTOFF;
use super::sql::{self, Failure, Kind, Request};
use super::support::{given, invalid, made_before, members, page, remember, text, texts, workgroup};
use super::workgroups::{self, check_location};
use crate::local::endings::REASON;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::heavy;
use crate::local::owners::{self, Owner};
use crate::local::store::{Store, now};

const COLLECTION: &str = "athena/executions";
const ENGINE: &str = "Athena engine version 3";

/// The execution's document, or Athena's refusal. One whose process died has failed.
pub fn existing(store: &Store, id: &str) -> ServiceResult {
    let execution: Option<Value> = store.get(COLLECTION, id)?;
    let mut execution = execution.ok_or_else(|| invalid(format!("QueryExecution {id} was not found")))?;
    if in_flight(&execution) && !owners::is_alive(store, text(&execution, "_owner")) {
        let message = "The local cloud ended while this query ran";
        end(&mut execution, "FAILED", Some(message));
        execution["Status"]["AthenaError"] = athena_error(1, message);
        store.put(COLLECTION, id, &execution)?;
    }
    Ok(execution)
}

fn in_flight(execution: &Value) -> bool {
    matches!(text(&execution["Status"], "State"), "QUEUED" | "RUNNING")
}

fn end(execution: &mut Value, state: &str, reason: Option<&str>) {
    execution["Status"]["State"] = state.into();
    execution["Status"]["CompletionDateTime"] = now().into();
    if let Some(reason) = reason {
        execution["Status"]["StateChangeReason"] = reason.into();
    }
}

/// Category 1 is the service's fault, 2 the user's, 3 another.
fn athena_error(category: u8, message: &str) -> Value {
    json!({ "ErrorCategory": category, "Retryable": false, "ErrorMessage": message })
}

/// As the API answers it: without what is only ours.
fn public(mut execution: Value) -> Value {
    if let Some(members) = execution.as_object_mut() {
        members.retain(|member, _| !member.starts_with('_'));
    }
    execution
}

/// `StartQueryExecution`.
pub async fn start(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let lock = store.lock().await?;
    if let Some(id) = made_before(store, "StartQueryExecution", input)? {
        return Ok(json!({ "QueryExecutionId": id }));
    }
    let group = workgroups::existing(store, workgroup(input))?;
    if text(&group, "State") == "DISABLED" {
        return Err(invalid(format!("WorkGroup {} is disabled.", workgroup(input))));
    }
    let configuration = &group["Configuration"];
    let (location, results) = output_location(configuration, input)?;
    let bucket = location.strip_prefix("s3://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if !store.objects_dir(bucket).is_dir() {
        return Err(invalid(format!("Unable to verify/create output bucket {bucket}")));
    }
    let query = text(input, "QueryString");
    let statement = statement_type(query)?;
    let id = uuid::Uuid::new_v4().to_string();
    let extension = if statement == "DML" { "csv" } else { "txt" };
    let mut result_configuration = results;
    result_configuration.insert("OutputLocation".into(), format!("{location}{id}.{extension}").into());
    let mut context = members(&input["QueryExecutionContext"]);
    context.retain(|_, value| !value.is_null());
    let execution = json!({
        "QueryExecutionId": id,
        "Query": query,
        "StatementType": statement,
        "ResultConfiguration": result_configuration,
        "ResultReuseConfiguration": { "ResultReuseByAgeConfiguration": { "Enabled": false } },
        "QueryExecutionContext": context,
        "Status": { "State": "QUEUED", "SubmissionDateTime": now() },
        "Statistics": {},
        "WorkGroup": workgroup(input),
        "EngineVersion": { "SelectedEngineVersion": configuration["EngineVersion"]["SelectedEngineVersion"], "EffectiveEngineVersion": ENGINE },
        "_owner": owner.id()
    });
    store.put(COLLECTION, &id, &execution)?;
    remember(store, "StartQueryExecution", input, &id)?;
    drop(lock);
    let request = Request {
        sql: query.to_owned(),
        database: text(&input["QueryExecutionContext"], "Database").to_lowercase(),
        now: chrono::Utc::now().timestamp_millis(),
        cutoff: given(configuration, "BytesScannedCutoffPerQuery").and_then(Value::as_u64),
    };
    let (store, owner, running) = (store.clone(), owner.clone(), id.clone());
    heavy::handle().spawn(async move {
        let _alive = owner;
        if let Err(error) = run(&store, &running, request).await {
            tracing::warn!("query {running}: {error}");
        }
    });
    Ok(json!({ "QueryExecutionId": id }))
}

/// Where results go, ending in a slash, with what else configures them: the workgroup's when it enforces that, else the
/// call's over the workgroup's.
fn output_location(
    configuration: &Value,
    input: &Value,
) -> Result<(String, serde_json::Map<String, Value>), ServiceError> {
    let mut results = members(&configuration["ResultConfiguration"]);
    if configuration["EnforceWorkGroupConfiguration"] != Value::Bool(true) {
        let own = members(&input["ResultConfiguration"]);
        results.extend(own.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let location = results.get("OutputLocation").and_then(Value::as_str).unwrap_or_default().to_owned();
    if location.is_empty() {
        return Err(invalid(
            "No output location provided. An output location is required either through the Workgroup result \
             configuration setting or as an API input.",
        ));
    }
    check_location(&location)?;
    Ok((if location.ends_with('/') { location } else { format!("{location}/") }, results))
}

/// `DML`, `DDL` or `UTILITY`. A query that does not parse is refused at once, as Athena does.
fn statement_type(query: &str) -> Result<&'static str, ServiceError> {
    let first =
        query.trim_start_matches(|c: char| c.is_whitespace() || c == '(').split(|c: char| !c.is_ascii_alphabetic());
    match first.into_iter().next().unwrap_or_default().to_lowercase().as_str() {
        "show" | "describe" | "desc" | "explain" => Ok("UTILITY"),
        "create" | "drop" | "alter" | "msck" => Ok("DDL"),
        "insert" | "update" | "delete" | "merge" | "unload" => Ok("DML"),
        _ => match sql::parse(query) {
            Ok(_) => Ok("DML"),
            Err(failure) => {
                let place = failure.place.map(|(line, column)| format!("line {line}:{column}: ")).unwrap_or_default();
                Err(invalid(format!("{place}{}", failure.message)))
            }
        },
    }
}

/// Trino's name for a query that somebody stopped.
const STOPPED: &str = "USER_CANCELED";

async fn run(store: &Store, id: &str, request: Request) -> Result<(), ServiceError> {
    let started = Instant::now();
    {
        let _lock = store.lock().await?;
        let mut execution = existing(store, id)?;
        if !in_flight(&execution) {
            return Ok(());
        }
        execution["Status"]["State"] = "RUNNING".into();
        store.put(COLLECTION, id, &execution)?;
    }
    let outcome = match store.endings().query {
        None => sql::execute(&request, &GlueCatalog(store)).await,
        Some("CANCELLED") => Err(Failure::new(STOPPED, "Query cancelled by user")),
        Some(_) => Err(Failure::new("GENERIC_INTERNAL_ERROR", REASON)),
    };
    let milliseconds = started.elapsed().as_millis() as u64;
    let _lock = store.lock().await?;
    // It may have been stopped, or deleted with its workgroup, meanwhile.
    let Some(mut execution) = store.get::<Value>(COLLECTION, id)?.filter(in_flight) else { return Ok(()) };
    let mut scanned = 0;
    let outcome = match outcome {
        Ok(output) => {
            scanned = output.bytes_scanned;
            execution["SubstatementType"] = substatement(output.kind, &request.sql).into();
            let uri = text(&execution["ResultConfiguration"], "OutputLocation").to_owned();
            results::write(store, id, &uri, &output).map_err(|e| Failure::new("GENERIC_INTERNAL_ERROR", e.message))
        }
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(_) => end(&mut execution, "SUCCEEDED", None),
        Err(failure) if failure.name == STOPPED => end(&mut execution, "CANCELLED", Some(&failure.message)),
        Err(failure) if failure.name == CUTOFF => {
            scanned = request.cutoff.unwrap_or_default();
            end(&mut execution, "CANCELLED", Some(&failure.message));
        }
        Err(failure) => {
            let reason = failure.to_string();
            end(&mut execution, "FAILED", Some(&reason));
            execution["Status"]["AthenaError"] = athena_error(if failure.is_users() { 2 } else { 1 }, &reason);
        }
    }
    execution["Statistics"] = json!({
        "EngineExecutionTimeInMillis": milliseconds,
        "DataScannedInBytes": scanned,
        "TotalExecutionTimeInMillis": milliseconds,
        "QueryQueueTimeInMillis": 0,
        "QueryPlanningTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": { "ReusedPreviousResult": false }
    });
    Ok(store.put(COLLECTION, id, &execution)?)
}

fn substatement(kind: Kind, query: &str) -> String {
    match kind {
        Kind::Query => "SELECT".into(),
        _ => query.split_whitespace().take(2).collect::<Vec<_>>().join("_").to_uppercase(),
    }
}

/// `GetQueryExecution`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "QueryExecution": public(existing(store, text(input, "QueryExecutionId"))?) }))
}

/// `BatchGetQueryExecution`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in texts(input, "QueryExecutionIds") {
        match existing(store, &id) {
            Ok(execution) => found.push(public(execution)),
            Err(error) => missing.push(json!({
                "QueryExecutionId": id, "ErrorCode": "INTERNAL_FAILURE", "ErrorMessage": error.message
            })),
        }
    }
    Ok(json!({ "QueryExecutions": found, "UnprocessedQueryExecutionIds": missing }))
}

/// `ListQueryExecutions` of a workgroup, the newest first.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    workgroups::existing(store, workgroup(input))?;
    let mut executions = store.list::<Value>(COLLECTION)?;
    executions.retain(|(_, execution)| text(execution, "WorkGroup") == workgroup(input));
    let submitted = |e: &Value| e["Status"]["SubmissionDateTime"].as_f64().unwrap_or_default();
    executions.sort_by(|a, b| submitted(&b.1).total_cmp(&submitted(&a.1)).then_with(|| a.0.cmp(&b.0)));
    page("QueryExecutionIds", executions.into_iter().map(|(id, _)| id.into()).collect(), input, 50)
}

/// `StopQueryExecution`: one that has ended stays as it is.
pub async fn stop(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "QueryExecutionId");
    let mut execution = existing(store, id)?;
    if in_flight(&execution) {
        end(&mut execution, "CANCELLED", Some("Query cancelled by user"));
        store.put(COLLECTION, id, &execution)?;
    }
    Ok(json!({}))
}

/// `GetQueryRuntimeStatistics`: its times and sizes.
pub async fn runtime_statistics(store: &Store, input: &Value) -> ServiceResult {
    let execution = existing(store, text(input, "QueryExecutionId"))?;
    let statistics = &execution["Statistics"];
    Ok(json!({ "QueryRuntimeStatistics": {
        "Timeline": {
            "EngineExecutionTimeInMillis": statistics["EngineExecutionTimeInMillis"].as_u64().unwrap_or_default(),
            "TotalExecutionTimeInMillis": statistics["TotalExecutionTimeInMillis"].as_u64().unwrap_or_default()
        },
        "Rows": { "InputBytes": statistics["DataScannedInBytes"].as_u64().unwrap_or_default() }
    }}))
}
