//! Ingestions: loads of a data set into SPICE, started, followed, cancelled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::account::Account;
use super::data_sets;
use super::load::{self, Fault};
use super::support::{exists, given, invalid, limit, not_found, page, public, text};
use crate::local::endings::REASON;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::heavy;
use crate::local::owners::{self, Owner};
use crate::local::store::{Store, now};

/// The window in which refreshes by hand are counted, in seconds.
const DAY: f64 = 86_400.0;

/// Where a data set's ingestions are kept.
pub fn collection(set: &str) -> String {
    format!("quicksight/ingestions/{set}")
}

fn in_flight(ingestion: &Value) -> bool {
    matches!(text(ingestion, "IngestionStatus"), "INITIALIZED" | "QUEUED" | "RUNNING")
}

fn fail(ingestion: &mut Value, fault: &Fault) {
    ingestion["IngestionStatus"] = "FAILED".into();
    ingestion["ErrorInfo"] = json!({ "Type": fault.kind, "Message": fault.message });
}

/// The ingestion's document, or QuickSight's refusal. One whose process died has failed.
fn existing(store: &Store, set: &str, id: &str) -> ServiceResult {
    data_sets::existing(store, set)?;
    let found: Option<Value> = store.get(&collection(set), id)?;
    let found = found.ok_or_else(|| not_found(format!("Ingestion {id} of data set {set} does not exist")))?;
    alive(store, set, found)
}

fn alive(store: &Store, set: &str, mut ingestion: Value) -> ServiceResult {
    if in_flight(&ingestion) && !owners::is_alive(store, text(&ingestion, "_owner")) {
        let fault = Fault::new("INTERNAL_SERVICE_ERROR", "The local cloud ended while this ingestion ran");
        fail(&mut ingestion, &fault);
        store.put(&collection(set), text(&ingestion, "IngestionId"), &ingestion)?;
    }
    Ok(ingestion)
}

fn all(store: &Store, set: &str) -> Result<Vec<Value>, ServiceError> {
    store.list(&collection(set))?.into_iter().map(|(_, ingestion)| alive(store, set, ingestion)).collect()
}

/// Refuses what would need SPICE when there is none left.
pub fn check_capacity(store: &Store) -> Result<(), ServiceError> {
    let used = used(store, "")?;
    match used >= Account::of(store)?.spice_capacity {
        false => Ok(()),
        true => Err(limit("Insufficient SPICE capacity")),
    }
}

/// What the data sets, but one, hold in SPICE, in bytes.
fn used(store: &Store, but: &str) -> Result<u64, ServiceError> {
    let sets = data_sets::all(store)?;
    let sets = sets.iter().filter(|set| text(set, "DataSetId") != but);
    Ok(sets.filter_map(|set| set["ConsumedSpiceCapacityInBytes"].as_u64()).sum())
}

/// Starts an ingestion; one that still runs is superseded. The caller holds the lock.
pub fn start(store: &Store, owner: &Arc<Owner>, set: &Value, id: &str, source: &str, request: &str) -> ServiceResult {
    let set_id = text(set, "DataSetId").to_owned();
    let collection = collection(&set_id);
    for mut older in all(store, &set_id)?.into_iter().filter(in_flight) {
        fail(&mut older, &Fault::new("INGESTION_SUPERSEDED", "A newer ingestion of the data set was started"));
        store.put(&collection, text(&older, "IngestionId"), &older)?;
    }
    let ingestion = json!({
        "Arn": format!("{}/ingestion/{id}", text(set, "Arn")),
        "IngestionId": id,
        "IngestionStatus": "INITIALIZED",
        "ErrorInfo": null,
        "RowInfo": {},
        "QueueInfo": null,
        "CreatedTime": now(),
        "RequestSource": source,
        "RequestType": request,
        "_owner": owner.id()
    });
    store.put(&collection, id, &ingestion)?;
    let (store, owner, id) = (store.clone(), owner.clone(), id.to_owned());
    heavy::handle().spawn(async move {
        let _alive = owner;
        if let Err(error) = run(&store, &set_id, &id).await {
            tracing::warn!("ingestion {id}: {error}");
        }
    });
    Ok(ingestion)
}

async fn run(store: &Store, set: &str, id: &str) -> Result<(), ServiceError> {
    let started = Instant::now();
    let current =
        || -> Result<Option<Value>, ServiceError> { Ok(store.get::<Value>(&collection(set), id)?.filter(in_flight)) };
    let document = {
        let _lock = store.lock().await?;
        let (Some(mut ingestion), Some(document)) = (current()?, data_sets::find(store, set)?) else { return Ok(()) };
        ingestion["IngestionStatus"] = "RUNNING".into();
        store.put(&collection(set), id, &ingestion)?;
        document
    };
    if let Some(state) = store.endings().ingestion {
        let _lock = store.lock().await?;
        let Some(mut ingestion) = current()? else { return Ok(()) };
        match state {
            "CANCELLED" => ingestion["IngestionStatus"] = state.into(),
            _ => fail(&mut ingestion, &Fault::new("INTERNAL_SERVICE_ERROR", REASON)),
        }
        return Ok(store.put(&collection(set), id, &ingestion)?);
    }
    let outcome = tokio::select! {
        outcome = load::load(store, &document) => outcome,
        () = given_up(store, set, id) => return Ok(()),
    };
    let _lock = store.lock().await?;
    // It may have been given up at the last moment.
    let (Some(mut ingestion), Some(mut document)) = (current()?, data_sets::find(store, set)?) else { return Ok(()) };
    let capacity = Account::of(store)?.spice_capacity;
    let full = |bytes: usize| Ok::<_, ServiceError>(used(store, set)? + bytes as u64 > capacity);
    match outcome {
        Ok(loaded) if full(loaded.bytes)? => {
            fail(&mut ingestion, &Fault::new("ACCOUNT_CAPACITY_LIMIT_EXCEEDED", "Insufficient SPICE capacity"));
        }
        Ok(loaded) => {
            ingestion["IngestionStatus"] = "COMPLETED".into();
            ingestion["RowInfo"] =
                json!({ "RowsIngested": loaded.rows, "RowsDropped": 0, "TotalRowsInDataset": loaded.rows });
            ingestion["IngestionSizeInBytes"] = loaded.bytes.into();
            document["ConsumedSpiceCapacityInBytes"] = loaded.bytes.into();
            data_sets::put(store, &document)?;
        }
        Err(fault) => fail(&mut ingestion, &fault),
    }
    ingestion["IngestionTimeInSeconds"] = started.elapsed().as_secs().into();
    Ok(store.put(&collection(set), id, &ingestion)?)
}

/// Returns when an ingestion was cancelled, superseded, or deleted with its data set: then the work stops, too.
async fn given_up(store: &Store, set: &str, id: &str) {
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if !store.get::<Value>(&collection(set), id).is_ok_and(|found| found.is_some_and(|i| in_flight(&i))) {
            return;
        }
    }
}

/// `CreateIngestion`.
pub async fn create(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let (set_id, id) = (text(input, "DataSetId"), text(input, "IngestionId"));
    let set = data_sets::existing(store, set_id)?;
    if !data_sets::is_spice(&set) {
        return Err(invalid(format!("Data set {set_id} is in direct query mode: there is nothing to ingest")));
    }
    let request = given(input, "IngestionType").and_then(Value::as_str).unwrap_or("FULL_REFRESH");
    if request == "INCREMENTAL_REFRESH" {
        return Err(invalid("An incremental refresh needs the data set's refresh properties, which are not set"));
    }
    let all = all(store, set_id)?;
    if all.iter().any(|ingestion| text(ingestion, "IngestionId") == id) {
        return Err(exists(format!("Ingestion {id} already exists for data set {set_id}")));
    }
    let by_hand = |ingestion: &&Value| {
        text(ingestion, "RequestType") == "FULL_REFRESH"
            && ingestion["CreatedTime"].as_f64().is_some_and(|created| now() - created < DAY)
    };
    let most = Account::of(store)?.manual_refreshes();
    if all.iter().filter(by_hand).count() >= most {
        return Err(limit(format!("Data set {set_id} was refreshed by hand {most} times in the last 24 hours")));
    }
    check_capacity(store)?;
    let ingestion = start(store, owner, &set, id, "MANUAL", request)?;
    Ok(json!({ "Arn": ingestion["Arn"], "IngestionId": id, "IngestionStatus": "INITIALIZED", "Status": 201 }))
}

/// `DescribeIngestion`.
pub async fn describe(store: &Store, input: &Value) -> ServiceResult {
    let ingestion = existing(store, text(input, "DataSetId"), text(input, "IngestionId"))?;
    Ok(json!({ "Ingestion": public(ingestion) }))
}

/// `ListIngestions`: the newest first.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let set = text(input, "DataSetId");
    data_sets::existing(store, set)?;
    let mut all = all(store, set)?;
    let created = |ingestion: &Value| ingestion["CreatedTime"].as_f64().unwrap_or_default();
    all.sort_by(|a, b| created(b).total_cmp(&created(a)));
    page("Ingestions", all.into_iter().map(public).collect(), input)
}

/// `CancelIngestion`: only one that still runs.
pub async fn cancel(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let (set, id) = (text(input, "DataSetId"), text(input, "IngestionId"));
    let mut ingestion = existing(store, set, id)?;
    if !in_flight(&ingestion) {
        let state = text(&ingestion, "IngestionStatus");
        return Err(invalid(format!("Ingestion {id} cannot be cancelled: it is {state}")));
    }
    ingestion["IngestionStatus"] = "CANCELLED".into();
    ingestion["ErrorInfo"] = json!({ "Type": "INGESTION_CANCELED", "Message": "The ingestion was cancelled" });
    store.put(&collection(set), id, &ingestion)?;
    Ok(json!({ "Arn": ingestion["Arn"], "IngestionId": id }))
}
