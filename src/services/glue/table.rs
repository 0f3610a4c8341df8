//! `glue_table`: in `declared` mode one catalog table for each table of the flow, typed as the flow types it. The crawler
//! then adds partitions and reports drift; it invents no tables.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types::Table as SdkTable;
use serde_json::{Value, json};

use super::tagging::{MISSING, TAKEN};
use super::{database, table_input};
use crate::aws::retry::{BEING_CHANGED, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::flow::document::{OutputFormat, Table as FlowTable};
use crate::flow::types::Column;
use crate::manifest::model::{CatalogMode, Manifest};
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource};
use crate::services::layout::Layout;
use crate::services::{Context, Deleted, Handler, create, fields};

/// The IAM actions that tables need.
pub const ACTIONS: &[&str] = &["glue:CreateTable", "glue:DeleteTable", "glue:GetTable", "glue:UpdateTable"];

/// The longest column comment Glue takes, in bytes.
const LONGEST_COMMENT: usize = 255;

/// The tables of `declared` mode; none in `inferred` mode.
pub fn desired(cx: &Context<'_>) -> Vec<Resource> {
    match cx.manifest.crawler.tables {
        CatalogMode::Inferred => Vec::new(),
        CatalogMode::Declared => cx.flow.tables.iter().map(|(name, table)| one(cx, name, table)).collect(),
    }
}

/// A table's name in the catalog: with the prefix, lower case as Athena and the crawler have it.
pub fn catalog_name(manifest: &Manifest, table: &str) -> String {
    format!("{}{table}", *manifest.crawler.table_prefix).to_lowercase()
}

/// A catalog table's address.
pub fn address(catalog_name: &str) -> Address {
    Address::new(Kind::GlueTable, catalog_name)
}

fn one(cx: &Context<'_>, name: &str, table: &FlowTable) -> Resource {
    let database = &cx.manifest.crawler.database.name.value;
    let catalog_name = catalog_name(cx.manifest, name);
    let is_key = |column: &&Column| table.output.partition_by.contains(&column.name);
    let (format, schema) = (table.output.format, table.catalog_schema());
    let keys = table.output.partition_by.iter().filter_map(|key| schema.column(key));
    Resource {
        identity: BTreeMap::from([
            ("database".to_owned(), database.clone()),
            ("table".to_owned(), catalog_name.clone()),
        ]),
        address: address(&catalog_name),
        fields: Fields::from([
            ("description".to_owned(), json!(table.description.clone().unwrap_or_default())),
            ("columns".to_owned(), schema.columns.iter().filter(|c| !is_key(c)).map(column).collect()),
            ("partition_keys".to_owned(), keys.map(column).collect()),
            ("location".to_owned(), json!(Layout::of(cx.manifest).table(name).uri())),
            ("format".to_owned(), json!(format.name())),
            ("parameters".to_owned(), parameters(&cx.owner.tags(), format)),
        ]),
        depends_on: vec![database::address(database)],
        existing: false,
    }
}

fn column(column: &Column) -> Value {
    let mut out = json!({"name": column.name, "type": column.data_type.to_string()});
    if let Some(text) = column.description.as_deref().filter(|text| !text.is_empty()) {
        out["comment"] = json!(shortened(text));
    }
    out
}

/// The text, cut at a character's border to what Glue takes.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_COMMENT)]
}

/// What Athena and crawlers need to know, and the marks: tables take no tags.
fn parameters(marks: &BTreeMap<String, String>, format: OutputFormat) -> Value {
    let mut parameters = marks.clone();
    parameters.insert("classification".to_owned(), format.name().to_owned());
    if let OutputFormat::Csv { .. } = format {
        parameters.insert("skip.header.line.count".to_owned(), "1".to_owned());
    }
    parameters.insert("EXTERNAL".to_owned(), "TRUE".to_owned());
    fields::object(&parameters)
}

/// Tables' dealings with Glue.
#[derive(Debug)]
pub struct Table;

#[async_trait]
impl Handler for Table {
    fn kind(&self) -> Kind {
        Kind::GlueTable
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let Some(table) = get(aws, want).await? else { return Ok(None) };
        let live = table_input::fields_of(&table);
        let ownership = owner.judge(&fields::map(&live, "parameters"));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let input = table_input::new(fields::id(want, "table")?, &want.fields)?;
        let call = aws.glue.create_table().database_name(fields::id(want, "database")?).table_input(input);
        match call.send().await.call("glue:CreateTable") {
            Err(error) if error.aws_code().is_some_and(|code| TAKEN.contains(&code)) => {
                create::settle(self, aws, want, error).await
            }
            other => other.map(drop),
        }
    }

    async fn update(&self, aws: &Session, _live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let table = get(aws, want).await?.ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "gone", format!("`{}` went away meanwhile", want.address))
                .with_help("plan again")
        })?;
        let input = table_input::changed(&table, &want.fields, changed)?;
        let database = fields::id(want, "database")?;
        retry_while(&[&BEING_CHANGED], || async {
            let call = aws.glue.update_table().database_name(database).table_input(input.clone());
            call.send().await.call("glue:UpdateTable").map(drop)
        })
        .await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let call =
            aws.glue.delete_table().database_name(fields::id(live, "database")?).name(fields::id(live, "table")?);
        absent(call.send().await.call("glue:DeleteTable"), MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, want: &Resource) -> Result<Option<SdkTable>> {
    let call = aws.glue.get_table().database_name(fields::id(want, "database")?).name(fields::id(want, "table")?);
    Ok(absent(call.send().await.call("glue:GetTable"), MISSING)?.and_then(|answer| answer.table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::resource::Ownership;
    use crate::services::testing::{desired, manifest, owner, wanted};

    #[test]
    fn keys_stand_apart_from_columns() {
        let hits = wanted("glue_table.hits");
        let columns = json!([
            {"name": "id", "type": "string", "comment": "Spotify's id"}, {"name": "genres", "type": "array<string>"},
        ]);
        assert_eq!(hits.fields["columns"], columns);
        assert_eq!(hits.fields["partition_keys"], json!([{"name": "release_year", "type": "int"}]));
        assert_eq!(hits.fields["location"], json!("s3://123456789012-spotify-dev/warehouse/hits/"));
    }

    #[test]
    fn the_crawler_makes_them_in_inferred_mode() {
        let mut manifest = manifest();
        manifest.crawler.tables = CatalogMode::Inferred;
        assert!(desired(&manifest).unwrap().iter().all(|r| r.address.kind != Kind::GlueTable));
    }

    #[test]
    fn prefixes_are_part_of_the_name_and_the_case_is_low() {
        let mut manifest = manifest();
        manifest.crawler.table_prefix.value = "Raw_".into();
        let names: Vec<_> =
            desired(&manifest).unwrap().into_iter().filter(|r| r.address.kind == Kind::GlueTable).collect();
        assert_eq!(names[0].address.to_string(), "glue_table.raw_hits");
        assert!(names[0].fields["location"].as_str().unwrap().ends_with("/warehouse/hits/"));
    }

    #[test]
    fn long_comments_are_cut_between_characters() {
        let text = "ü".repeat(200);
        assert_eq!(shortened(&text).len(), 254);
        assert_eq!(shortened("short"), "short");
    }

    #[tokio::test]
    async fn a_crawlers_table_is_a_strangers() {
        let reply =
            json!({"Table": {"Name": "hits", "Parameters": {"UPDATED_BY_CRAWLER": "x"}, "StorageDescriptor": {}}});
        let server = Canned::start(vec![Reply::json(reply)]).await;
        let live = Table.read(&session(&server), &owner(), &wanted("glue_table.hits")).await.unwrap().unwrap();
        assert!(matches!(live.ownership, Ownership::Strangers(_)));
    }

    #[tokio::test]
    async fn deleting_what_is_gone_succeeds() {
        let server =
            Canned::start(vec![Reply::json_error(400, "EntityNotFoundException", "Table hits not found.")]).await;
        let deleted = Table.delete(&session(&server), &wanted("glue_table.hits"), false).await.unwrap();
        assert_eq!(deleted, Deleted::Gone);
    }
}
