//! `glue_database`: the catalog's database, made or existing. It goes only when every table left in it is ours.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types::{Database as SdkDatabase, DatabaseInput};
use serde_json::json;

use super::catalog::{CatalogTable, tables};
use super::tagging::{self, MISSING, TAKEN};
use crate::aws::retry::{BEING_CHANGED, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::layout::Layout;
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that databases need.
pub const ACTIONS: &[&str] = &[
    "glue:BatchDeleteTable",
    "glue:CreateDatabase",
    "glue:DeleteDatabase",
    "glue:DeleteTable",
    "glue:GetDatabase",
    "glue:GetTables",
    "glue:GetTags",
    "glue:TagResource",
    "glue:UntagResource",
    "glue:UpdateDatabase",
];

/// The most tables a batch deletion takes.
const BATCH: usize = 100;

/// The database.
pub fn desired(cx: &Context<'_>) -> Resource {
    let database = &cx.manifest.crawler.database;
    let managed = Fields::from([
        ("description".to_owned(), json!(cx.manifest.description.clone().unwrap_or_default())),
        ("tags".to_owned(), marks::tags(cx)),
    ]);
    Resource {
        address: address(&database.name),
        identity: BTreeMap::from([
            ("database".to_owned(), database.name.value.clone()),
            // What tells a table that our crawler made.
            ("crawler".to_owned(), cx.manifest.base_name()),
            ("warehouse".to_owned(), Layout::of(cx.manifest).warehouse.uri()),
        ]),
        fields: if database.existing { Fields::new() } else { managed },
        depends_on: Vec::new(),
        existing: database.existing,
    }
}

/// A database's address.
pub fn address(name: &str) -> Address {
    Address::new(Kind::GlueDatabase, name)
}

/// Databases' dealings with Glue.
#[derive(Debug)]
pub struct Database;

#[async_trait]
impl Handler for Database {
    fn kind(&self) -> Kind {
        Kind::GlueDatabase
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let Some(database) = get(aws, fields::id(want, "database")?).await? else { return Ok(None) };
        if want.existing {
            let ownership = Ownership::Strangers("it is used, not owned".to_owned());
            return Ok(Some(Live { resource: want.clone(), ownership }));
        }
        let tags = tagging::read(aws, &format!("database/{}", database.name())).await?;
        let ownership = owner.judge(&tags);
        let live = Fields::from([
            ("description".to_owned(), json!(database.description().unwrap_or_default())),
            ("tags".to_owned(), fields::object(&tags)),
        ]);
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let input = changed(DatabaseInput::builder().name(fields::id(want, "database")?), &want.fields)?;
        let made = aws
            .glue
            .create_database()
            .database_input(input)
            .set_tags(Some(fields::hash(fields::map(&want.fields, "tags"))))
            .send()
            .await
            .call("glue:CreateDatabase");
        create::ended(self, aws, want, made.map(drop), TAKEN).await
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, names: &[String]) -> Result<()> {
        let name = fields::id(want, "database")?;
        if fields::touches(names, "tags") {
            tagging::write(aws, &format!("database/{name}"), &live.fields, &want.fields).await?;
        }
        if !fields::touches(names, "description") {
            return Ok(());
        }
        let found = get(aws, name).await?.ok_or_else(|| gone(name))?;
        let input = changed(echo(&found), &want.fields)?;
        let call = || aws.glue.update_database().name(name).database_input(input.clone()).send();
        retry_while(&[&BEING_CHANGED], || async { call().await.call("glue:UpdateDatabase").map(drop) }).await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "database")?;
        let Some(left) = absent(tables(aws, name).await, MISSING)? else { return Ok(Deleted::Gone) };
        let foreign: Vec<&str> = left.iter().filter(|table| !is_ours(table, live)).map(|t| t.name.as_str()).collect();
        if !foreign.is_empty() {
            return Err(has_foreign_tables(name, &foreign));
        }
        delete_tables(aws, name, &left).await?;
        let call = aws.glue.delete_database().name(name).send().await.call("glue:DeleteDatabase");
        absent(call, MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, name: &str) -> Result<Option<SdkDatabase>> {
    let got = aws.glue.get_database().name(name).send().await.call("glue:GetDatabase");
    Ok(absent(got, MISSING)?.and_then(|answer| answer.database))
}

fn gone(name: &str) -> Error {
    Error::new(ErrorKind::Conflict, "gone", format!("database `{name}` went away meanwhile")).with_help("plan again")
}

/// Everything that GetDatabase returns and UpdateDatabase takes: what is left out there is reset.
fn echo(live: &SdkDatabase) -> aws_sdk_glue::types::builders::DatabaseInputBuilder {
    DatabaseInput::builder()
        .name(live.name())
        .set_description(live.description.clone())
        .set_location_uri(live.location_uri.clone())
        .set_parameters(live.parameters.clone())
        .set_create_table_default_permissions(live.create_table_default_permissions.clone())
        .set_target_database(live.target_database.clone())
        .set_federated_database(live.federated_database.clone())
}

fn changed(input: aws_sdk_glue::types::builders::DatabaseInputBuilder, want: &Fields) -> Result<DatabaseInput> {
    let description = fields::text(want, "description").unwrap_or_default();
    input.description(description).build().map_err(|e| Error::bug(format!("a database cannot be built: {e}")))
}

/// Ours are the tables that carry our marks, and those that our crawler made in our warehouse.
fn is_ours(table: &CatalogTable, database: &Resource) -> bool {
    let identity = |name: &str| database.identity.get(name).map(String::as_str);
    let crawled = table.updated_by_crawler.as_deref().is_some_and(|crawler| identity("crawler") == Some(crawler));
    let in_warehouse = table.location.as_deref().is_some_and(|location| {
        let folder = format!("{}/", location.trim_end_matches('/'));
        // Without a manifest nobody says where the warehouse was; our crawler visits nothing else.
        identity("warehouse").is_none_or(|warehouse| folder.starts_with(warehouse))
    });
    let marked = marks::owner_of(database).is_some_and(|owner| owner.judge(&table.parameters) == Ownership::Ours);
    marked || (crawled && in_warehouse)
}

async fn delete_tables(aws: &Session, database: &str, left: &[CatalogTable]) -> Result<()> {
    for batch in left.chunks(BATCH) {
        let names = batch.iter().map(|table| table.name.clone()).collect();
        let call = aws.glue.batch_delete_table().database_name(database).set_tables_to_delete(Some(names));
        let answer = call.send().await.call("glue:BatchDeleteTable")?;
        let refused = answer.errors().iter().find_map(|error| {
            let detail = error.error_detail()?;
            let code = detail.error_code().filter(|code| !MISSING.contains(code))?;
            Some((error.table_name().unwrap_or_default(), code, detail.error_message().unwrap_or_default()))
        });
        if let Some((table, code, message)) = refused {
            let told = format!("table `{database}.{table}` was not deleted: {message} ({code})");
            return Err(Error::new(ErrorKind::Aws, "table-not-deleted", told));
        }
    }
    Ok(())
}

fn has_foreign_tables(database: &str, foreign: &[&str]) -> Error {
    let list = foreign.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Error::new(
        ErrorKind::Conflict,
        "foreign-tables",
        format!("database `{database}` holds tables that are not this pipeline's: {list}"),
    )
    .with_expected("only tables that pipectl or its crawler made, so that nobody's work is lost")
    .with_help("move or delete these tables, then run the same command again; or keep the database: `existing: true`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::services::testing::{owner, wanted};

    fn table(name: &str, parameters: serde_json::Value, location: &str) -> serde_json::Value {
        json!({"Name": name, "Parameters": parameters, "StorageDescriptor": {"Location": location}})
    }

    const HITS: &str = "s3://123456789012-spotify-dev/warehouse/hits/";

    #[tokio::test]
    async fn foreign_tables_keep_the_database() {
        let list = json!({"TableList": [
            table("hits", json!({"pipectl:pipeline": "spotify", "pipectl:environment": "dev"}), HITS),
            table("notes", json!({}), HITS),
            table("elsewhere", json!({"UPDATED_BY_CRAWLER": "spotify-dev"}), "s3://other/x/"),
            table("theirs", json!({"UPDATED_BY_CRAWLER": "other"}), HITS),
        ]});
        let server = Canned::start(vec![Reply::json(list)]).await;
        let error = Database.delete(&session(&server), &wanted("glue_database.spotify_dev"), true).await.unwrap_err();
        assert_eq!(error.code(), "foreign-tables");
        assert!(error.message().ends_with("`elsewhere`, `notes`, `theirs`"), "{}", error.message());
        assert_eq!(server.asked().len(), 1, "nothing was deleted");
    }

    #[tokio::test]
    async fn what_our_crawler_made_goes_with_it() {
        let list = json!({"TableList": [table("hits", json!({"UPDATED_BY_CRAWLER": "spotify-dev"}), HITS)]});
        let gone = json!({"Errors": [{"TableName": "hits", "ErrorDetail": {"ErrorCode": "EntityNotFoundException"}}]});
        let server = Canned::start(vec![Reply::json(list), Reply::json(gone), Reply::json(json!({}))]).await;
        let deleted = Database.delete(&session(&server), &wanted("glue_database.spotify_dev"), false).await.unwrap();
        assert_eq!(deleted, Deleted::Gone);
        assert_eq!(server.operations(), ["GetTables", "BatchDeleteTable", "DeleteDatabase"]);
    }

    #[tokio::test]
    async fn a_missing_one_is_gone() {
        let missing = || Reply::json_error(400, "EntityNotFoundException", "Database spotify_dev not found.");
        let server = Canned::start(vec![missing(), missing()]).await;
        let want = wanted("glue_database.spotify_dev");
        assert_eq!(Database.delete(&session(&server), &want, false).await.unwrap(), Deleted::Gone);
        assert!(Database.read(&session(&server), &owner(), &want).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn lake_formation_says_what_to_grant() {
        let text = "Insufficient Lake Formation permission(s): Required Create Database on Catalog";
        let server = Canned::start(vec![Reply::json_error(400, "AccessDeniedException", text)]).await;
        let error = Database.create(&session(&server), &wanted("glue_database.spotify_dev")).await.unwrap_err();
        assert_eq!(error.code(), "lake-formation");
        assert!(error.help().unwrap().contains("grant"));
    }

    #[test]
    fn an_update_keeps_what_the_manifest_cannot_say() {
        let live = SdkDatabase::builder().name("d").location_uri("s3://x/").parameters("k", "v").build().unwrap();
        let want = wanted("glue_database.spotify_dev");
        let input = changed(echo(&live), &want.fields).unwrap();
        assert_eq!(input.location_uri(), Some("s3://x/"));
        assert_eq!(input.parameters().unwrap()["k"], "v");
        assert_eq!(input.description(), Some("What makes a track popular"));
    }
}
