//! Data sets: columns over a table or a query, read at once (`DIRECT_QUERY`) or beforehand (`SPICE`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::columns::{self, Column};
use super::permissions::{self, Asset};
use super::support::{arn, copied, exists, id_of, invalid, not_found, page, public, text};
use super::{data_sources, ingestions, schedules, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::owners::Owner;
use crate::local::store::{Store, now};

/// Where data sets are kept.
pub const COLLECTION: &str = "quicksight/data-sets";

/// What a call says of a data set, and a description gives back.
const MEMBERS: &[&str] = &[
    "Name",
    "PhysicalTableMap",
    "LogicalTableMap",
    "ImportMode",
    "ColumnGroups",
    "FieldFolders",
    "RowLevelPermissionDataSet",
    "RowLevelPermissionTagConfiguration",
    "ColumnLevelPermissionRules",
    "DataSetUsageConfiguration",
    "DatasetParameters",
    "PerformanceConfiguration",
    "UseAs",
];

/// The data set's document, or QuickSight's refusal.
pub fn existing(store: &Store, id: &str) -> ServiceResult {
    find(store, id)?.ok_or_else(|| not_found(format!("Data set {id} does not exist")))
}

/// The data set's document, or `None`.
pub fn find(store: &Store, id: &str) -> Result<Option<Value>, ServiceError> {
    Ok(store.get(COLLECTION, id)?)
}

/// Writes a data set's document.
pub fn put(store: &Store, set: &Value) -> Result<(), ServiceError> {
    Ok(store.put(COLLECTION, text(set, "DataSetId"), set)?)
}

/// All data sets, sorted.
pub fn all(store: &Store) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list(COLLECTION)?.into_iter().map(|(_, set)| set).collect())
}

/// A data set's columns.
pub fn columns_of(set: &Value) -> Result<Vec<Column>, ServiceError> {
    columns::of(&set["PhysicalTableMap"], &set["LogicalTableMap"])
}

/// Whether a data set's rows are in SPICE.
pub fn is_spice(set: &Value) -> bool {
    text(set, "ImportMode") == "SPICE"
}

/// `CreateDataSet`. One in SPICE is loaded at once.
pub async fn create(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSetId");
    if find(store, id)?.is_some() {
        return Err(exists(format!("Data set {id} already exists")));
    }
    let granted = permissions::new(store, Asset::DataSet, input)?;
    let arn = arn(store, "dataset", id);
    let mut set = copied(input, MEMBERS);
    set["Arn"] = arn.clone().into();
    set["DataSetId"] = id.into();
    set["CreatedTime"] = now().into();
    set["ConsumedSpiceCapacityInBytes"] = 0.into();
    set["_permissions"] = json!(granted);
    complete(store, &mut set)?;
    if is_spice(&set) {
        ingestions::check_capacity(store)?;
    }
    tags::put_new(store, &arn, input)?;
    put(store, &set)?;
    answer(store, owner, &set, "INITIAL_INGESTION")
}

/// `UpdateDataSet`: replaces the whole definition.
pub async fn update(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let old = existing(store, text(input, "DataSetId"))?;
    let mut set = copied(input, MEMBERS);
    let kept = ["Arn", "DataSetId", "CreatedTime", "ConsumedSpiceCapacityInBytes", "UseAs", "_permissions"];
    kept.iter().for_each(|member| set[member] = old[member].clone());
    complete(store, &mut set)?;
    if is_spice(&set) {
        ingestions::check_capacity(store)?;
    } else {
        set["ConsumedSpiceCapacityInBytes"] = 0.into();
    }
    put(store, &set)?;
    answer(store, owner, &set, "EDIT")
}

/// Checks a definition and adds what the server makes.
fn complete(store: &Store, set: &mut Value) -> Result<(), ServiceError> {
    let (id, _, table) = columns::physical(&set["PhysicalTableMap"])?;
    let source = text(table, "DataSourceArn");
    let found = id_of(store, "datasource", source).map(|id| store.get::<Value>(data_sources::COLLECTION, id));
    if found.transpose()?.flatten().is_none() {
        return Err(invalid(format!("Invalid dataSourceArn {source} in physical table {id}: it does not exist")));
    }
    if set["LogicalTableMap"].as_object().is_none_or(serde_json::Map::is_empty) {
        set["LogicalTableMap"] = columns::default_logical(&set["PhysicalTableMap"])?;
    }
    set["OutputColumns"] = columns::listed(&columns_of(set)?);
    set["LastUpdatedTime"] = now().into();
    if set["DataSetUsageConfiguration"].is_null() {
        set["DataSetUsageConfiguration"] =
            json!({ "DisableUseAsDirectQuerySource": false, "DisableUseAsImportedSource": false });
    }
    Ok(())
}

fn answer(store: &Store, owner: &Arc<Owner>, set: &Value, request: &str) -> ServiceResult {
    let mut answer = json!({ "Arn": set["Arn"], "DataSetId": set["DataSetId"], "Status": 200 });
    if request == "INITIAL_INGESTION" {
        answer["Status"] = 201.into();
    }
    if is_spice(set) {
        let id = uuid::Uuid::new_v4().to_string();
        let ingestion = ingestions::start(store, owner, set, &id, "MANUAL", request)?;
        answer["IngestionArn"] = ingestion["Arn"].clone();
        answer["IngestionId"] = id.into();
        answer["Status"] = 201.into();
    }
    Ok(answer)
}

/// `DescribeDataSet`.
pub async fn describe(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "DataSet": public(existing(store, text(input, "DataSetId"))?) }))
}

/// `ListDataSets`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let summary = |set: &Value| {
        let members = ["Arn", "DataSetId", "Name", "CreatedTime", "LastUpdatedTime", "ImportMode", "UseAs"];
        let mut summary = copied(set, &members);
        summary["RowLevelPermissionTagConfigurationApplied"] =
            set["RowLevelPermissionTagConfiguration"].is_object().into();
        summary["ColumnLevelPermissionRulesApplied"] = set["ColumnLevelPermissionRules"].is_array().into();
        summary
    };
    page("DataSetSummaries", all(store)?.iter().map(summary).collect(), input)
}

/// `DeleteDataSet`: its ingestions and schedules go with it; dashboards over it stay, broken.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSetId");
    let set = existing(store, id)?;
    store.clear(&ingestions::collection(id))?;
    store.clear(&schedules::collection(id))?;
    store.delete(COLLECTION, id)?;
    tags::forget(store, text(&set, "Arn"))?;
    Ok(json!({ "Arn": set["Arn"], "DataSetId": id }))
}

/// `DescribeDataSetPermissions`.
pub async fn describe_permissions(store: &Store, input: &Value) -> ServiceResult {
    let id = text(input, "DataSetId");
    let set = existing(store, id)?;
    let listed = permissions::listed(&permissions::of(&set));
    Ok(json!({ "DataSetArn": set["Arn"], "DataSetId": id, "Permissions": listed }))
}

/// `UpdateDataSetPermissions`.
pub async fn update_permissions(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSetId");
    let mut set = existing(store, id)?;
    set["_permissions"] = json!(permissions::updated(store, Asset::DataSet, &set, input)?);
    put(store, &set)?;
    Ok(json!({ "DataSetArn": set["Arn"], "DataSetId": id }))
}
