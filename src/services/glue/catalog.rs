//! What the Data Catalog holds, in plain types.

use std::collections::BTreeMap;

use crate::aws::{Call, Session};
use crate::error::Result;

/// The parameter in which Glue notes which crawler wrote a table last.
pub const UPDATED_BY_CRAWLER: &str = "UPDATED_BY_CRAWLER";

/// A table of the Data Catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogTable {
    /// Its name, with the prefix.
    pub name: String,
    /// Name and type of the columns in the files, in order.
    pub columns: Vec<(String, String)>,
    /// Name and type of the columns in the path, in order.
    pub partition_keys: Vec<(String, String)>,
    /// Where its files are.
    pub location: Option<String>,
    /// The crawler that wrote it last.
    pub updated_by_crawler: Option<String>,
    /// All parameters.
    pub parameters: BTreeMap<String, String>,
}

/// The tables of a database, sorted by name. Needs `glue:GetTables`.
pub async fn tables(aws: &Session, database: &str) -> Result<Vec<CatalogTable>> {
    let mut pages = aws.glue.get_tables().database_name(database).into_paginator().send();
    let mut tables = Vec::new();
    while let Some(page) = pages.next().await {
        tables.extend(page.call("glue:GetTables")?.table_list().iter().map(plain));
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

/// How many partitions the catalog knows of a table. Needs `glue:GetPartitions`.
pub async fn partition_count(aws: &Session, database: &str, table: &str) -> Result<u64> {
    let request = aws.glue.get_partitions().database_name(database).table_name(table).exclude_column_schema(true);
    let mut pages = request.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page.call("glue:GetPartitions")?.partitions().len() as u64;
    }
    Ok(count)
}

fn plain(table: &aws_sdk_glue::types::Table) -> CatalogTable {
    let parameters: BTreeMap<String, String> =
        table.parameters().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    let storage = table.storage_descriptor();
    CatalogTable {
        name: table.name().to_owned(),
        columns: storage.map(|s| columns(s.columns())).unwrap_or_default(),
        partition_keys: columns(table.partition_keys()),
        location: storage.and_then(|s| s.location()).map(str::to_owned),
        updated_by_crawler: parameters.get(UPDATED_BY_CRAWLER).cloned(),
        parameters,
    }
}

fn columns(columns: &[aws_sdk_glue::types::Column]) -> Vec<(String, String)> {
    columns.iter().map(|c| (c.name().to_owned(), c.r#type().unwrap_or_default().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    #[tokio::test]
    async fn tables_of_all_pages_sorted() {
        let server = Canned::start(vec![
            Reply::json(json!({"NextToken": "t", "TableList": [{"Name": "tracks"}]})),
            Reply::json(json!({"TableList": [{
                "Name": "hits",
                "Parameters": {UPDATED_BY_CRAWLER: "spotify-dev"},
                "PartitionKeys": [{"Name": "release_year", "Type": "string"}],
                "StorageDescriptor": {"Location": "s3://b/w/hits/", "Columns": [{"Name": "id", "Type": "string"}]},
            }]})),
        ])
        .await;
        let tables = tables(&session(&server), "db").await.unwrap();
        assert_eq!(tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["hits", "tracks"]);
        assert_eq!(tables[0].updated_by_crawler.as_deref(), Some("spotify-dev"));
        assert_eq!(tables[0].partition_keys, [("release_year".into(), "string".into())]);
    }

    #[tokio::test]
    async fn partitions_are_counted_over_pages() {
        let server = Canned::start(vec![
            Reply::json(json!({"NextToken": "t", "Partitions": [{"Values": ["1999"]}, {"Values": ["2000"]}]})),
            Reply::json(json!({"Partitions": [{"Values": ["2001"]}]})),
        ])
        .await;
        assert_eq!(partition_count(&session(&server), "db", "hits").await.unwrap(), 3);
    }
}
