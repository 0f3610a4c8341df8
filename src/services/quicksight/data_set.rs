//! `quicksight_data_set`: a table of the catalog or a query, typed, with calculated columns, in SPICE or read directly.
//!
//! Making one for SPICE starts an ingestion at once. Before the first run there is no data yet and that ingestion fails:
//! nothing waits for it, the run's refresh is the one that counts.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_quicksight::types::ResourcePermission;
use serde_json::{Value, json};

use super::missing::{TAKEN, gone, present};
use super::permissions::{self, DATA_SET, To};
use super::{data_set_input, data_source, names, tagging};
use crate::aws::retry::{QUICKSIGHT_CONFLICT, retry_while};
use crate::aws::{Call, Session, raw};
use crate::dashboard::definition;
use crate::dashboard::model::{Column, Dataset, From, ImportMode};
use crate::error::Result;
use crate::flow::queries::qualified;
use crate::flow::types::DataType;
use crate::manifest::model::CatalogMode;
use crate::manifest::model::quicksight::DatasetFrom;
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource};
use crate::services::athena::{named_query, workgroup};
use crate::services::glue::table;
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that data sets need.
pub const ACTIONS: &[&str] = &[
    "quicksight:CreateDataSet",
    "quicksight:DeleteDataSet",
    "quicksight:DescribeDataSet",
    "quicksight:DescribeDataSetPermissions",
    "quicksight:ListTagsForResource",
    "quicksight:PassDataSource",
    "quicksight:TagResource",
    "quicksight:UntagResource",
    "quicksight:UpdateDataSet",
    "quicksight:UpdateDataSetPermissions",
];

/// The catalog that Glue's databases are in, by Athena's name.
const CATALOG: &str = "AwsDataCatalog";
/// The longest name QuickSight takes, in characters.
const LONGEST_NAME: usize = 128;
/// The longest column description QuickSight takes, in characters.
const LONGEST_DESCRIPTION: usize = 500;

/// The data sets, in the manifest's order. Errors: an expression that QuickSight cannot say.
pub fn desired(cx: &Context<'_>) -> Result<Vec<Resource>> {
    cx.dashboards.datasets.iter().map(|set| one(cx, set)).collect()
}

fn one(cx: &Context<'_>, set: &Dataset) -> Result<Resource> {
    let id = names::data_set_id(cx.manifest, &set.name);
    let source = names::data_source_id(cx.manifest);
    let database = &cx.manifest.crawler.database.name.value;
    let (table, sql) = match &set.from {
        From::Table(name) => (json!({"catalog": CATALOG, "database": database, "table": name}), String::new()),
        From::Query(sql) => (Value::Null, qualified(sql.trim(), database)),
    };
    let mut calculated = serde_json::Map::new();
    for column in &set.calculated {
        calculated.insert(column.name.clone(), json!(definition::expression(&column.expression)?));
    }
    Ok(Resource {
        fields: Fields::from([
            ("name".to_owned(), json!(id.chars().take(LONGEST_NAME).collect::<String>())),
            ("import_mode".to_owned(), json!(mode(set.import_mode))),
            ("data_source".to_owned(), json!(names::arn(cx, &format!("datasource/{source}")))),
            ("table".to_owned(), table),
            ("sql".to_owned(), json!(sql)),
            ("columns".to_owned(), set.columns.iter().map(|column| column_of(cx, set, column)).collect()),
            ("calculated_fields".to_owned(), Value::Object(calculated)),
            ("permissions".to_owned(), permissions::wanted(cx, To::People)),
            ("tags".to_owned(), marks::tags(cx)),
        ]),
        depends_on: depends_on(cx, set, &source),
        address: address(&id),
        identity: BTreeMap::from([("data_set".to_owned(), id)]),
        existing: false,
    })
}

fn mode(mode: ImportMode) -> &'static str {
    match mode {
        ImportMode::Spice => "SPICE",
        ImportMode::DirectQuery => "DIRECT_QUERY",
    }
}

/// The source, and what rows come from. A query may name any table, so it waits for all.
fn depends_on(cx: &Context<'_>, set: &Dataset, source: &str) -> Vec<Address> {
    let mut on = vec![data_source::address(source)];
    let declared = cx.manifest.crawler.tables == CatalogMode::Declared;
    let tables = cx.flow.tables.keys().map(|name| table::catalog_name(cx.manifest, name));
    match &set.from {
        From::Table(name) => on.extend(tables.filter(|table| declared && table == name).map(|t| table::address(&t))),
        From::Query(_) => {
            on.push(workgroup::address(&workgroup::name(cx)));
            on.extend(tables.filter(|_| declared).map(|t| table::address(&t)));
            let written = cx.manifest.quicksight.as_ref().and_then(|q| {
                q.datasets.iter().find(|(name, _)| name.value == set.name).map(|(_, dataset)| &dataset.from)
            });
            if let Some(DatasetFrom::Query(query)) = written
                && cx.manifest.athena.queries.keys().any(|name| name.value == query.value)
            {
                on.push(named_query::address(&query.value));
            }
        }
    }
    on
}

/// `{"name","type"}` in QuickSight's types; `sub_type` where SPICE would otherwise keep four decimals, `cast` where the
/// table's type is not the one that is wanted, `description` where there is one.
fn column_of(cx: &Context<'_>, set: &Dataset, column: &Column) -> Value {
    let wanted = definition::column_type(&column.data_type);
    let given = given_type(cx, set, &column.name).as_ref().map_or(wanted, definition::column_type);
    let mut out = json!({"name": column.name, "type": given});
    // Fixed decimals have four places in SPICE ("Supported data types and values", QuickSight user guide).
    if given == "DECIMAL"
        && set.import_mode == ImportMode::Spice
        && matches!(column.data_type, DataType::Float | DataType::Double)
    {
        out["sub_type"] = json!("FLOAT");
    }
    if given != wanted && data_set_input::CASTS.contains(&wanted) {
        out["cast"] = json!(wanted);
    }
    if let Some(text) = column.description.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        out["description"] = json!(text.chars().take(LONGEST_DESCRIPTION).collect::<String>());
    }
    out
}

/// The type that the flow gives a column of a table.
fn given_type(cx: &Context<'_>, set: &Dataset, column: &str) -> Option<DataType> {
    let From::Table(catalog) = &set.from else { return None };
    let (_, table) = cx.flow.tables.iter().find(|(name, _)| table::catalog_name(cx.manifest, name) == *catalog)?;
    table.catalog_schema().column(column).map(|column| column.data_type.clone())
}

/// A data set's address.
pub fn address(id: &str) -> Address {
    Address::new(Kind::QuicksightDataSet, id)
}

/// Data sets' dealings with QuickSight.
#[derive(Debug)]
pub struct DataSet;

#[async_trait]
impl Handler for DataSet {
    fn kind(&self) -> Kind {
        Kind::QuicksightDataSet
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let id = fields::id(want, "data_set")?;
        let Some(set) = get(aws, id).await? else { return Ok(None) };
        let resource = format!("dataset/{id}");
        let (tags, permissions) = tokio::try_join!(tagging::read(aws, &resource), granted(aws, id))?;
        let mut live = data_set_input::fields_of(&set);
        live.insert("permissions".to_owned(), DATA_SET.field(&permissions, &tags));
        live.insert("tags".to_owned(), tagging::field(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership: owner.judge(&tags) }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let id = fields::id(want, "data_set")?;
        let mut document = data_set_input::new(id, &want.fields);
        for (member, value) in
            [("Permissions", DATA_SET.document(&want.fields)), ("Tags", tagging::document(&want.fields))]
        {
            if let Some(value) = value {
                document[member] = value;
            }
        }
        let made = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.create_data_set().aws_account_id(&aws.account).data_set_id(id);
            let call = call.customize().mutate_request(raw::body(&document));
            call.send().await.call("quicksight:CreateDataSet").map(drop)
        })
        .await;
        create::ended(self, aws, want, made, TAKEN).await
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let id = fields::id(want, "data_set")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("dataset/{id}"), &live.fields, &want.fields).await?;
        }
        if fields::touches(changed, "permissions") {
            grant(aws, id, &live.fields, &want.fields).await?;
            tagging::write_principals(aws, &format!("dataset/{id}"), &live.fields, &want.fields).await?;
        }
        if !data_set_input::FIELDS.iter().any(|name| fields::touches(changed, name)) {
            return Ok(());
        }
        let set = get(aws, id).await?.ok_or_else(|| gone(want))?;
        let document = data_set_input::changed(&set, &want.fields, changed);
        retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.update_data_set().aws_account_id(&aws.account).data_set_id(id);
            let call = call.customize().mutate_request(raw::body(&document));
            call.send().await.call("quicksight:UpdateDataSet").map(drop)
        })
        .await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let id = fields::id(live, "data_set")?;
        let deleted = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.delete_data_set().aws_account_id(&aws.account).data_set_id(id);
            call.send().await.call("quicksight:DeleteDataSet").map(drop)
        })
        .await;
        present(deleted)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// The data set as QuickSight tells it, whole: an update has to give all of it back.
async fn get(aws: &Session, id: &str) -> Result<Option<Value>> {
    let got = raw::fetch(|answer| async move {
        let call = aws.quicksight.describe_data_set().aws_account_id(&aws.account).data_set_id(id);
        call.customize().interceptor(answer).send().await.call("quicksight:DescribeDataSet").map(drop)
    })
    .await;
    Ok(present(got)?.map(|mut answer| answer["DataSet"].take()).filter(Value::is_object))
}

async fn granted(aws: &Session, id: &str) -> Result<Vec<ResourcePermission>> {
    let call = aws.quicksight.describe_data_set_permissions().aws_account_id(&aws.account).data_set_id(id);
    Ok(call.send().await.call("quicksight:DescribeDataSetPermissions")?.permissions.unwrap_or_default())
}

async fn grant(aws: &Session, id: &str, live: &Fields, want: &Fields) -> Result<()> {
    let change = DATA_SET.change(&granted(aws, id).await?, live, want)?;
    if change.is_empty() {
        return Ok(());
    }
    let call = aws.quicksight.update_data_set_permissions().aws_account_id(&aws.account).data_set_id(id);
    let call = call.set_grant_permissions(change.grant).set_revoke_permissions(change.revoke);
    call.send().await.call("quicksight:UpdateDataSetPermissions").map(drop)
}

#[cfg(test)]
#[path = "data_set_tests.rs"]
mod tests;
