//! `crawler`: the Glue crawler and its database.

use crate::error::Error;
use crate::manifest::model::{CatalogMode, Crawler, Database, DeletedObjects, Recrawl, SchemaChange};
use crate::manifest::read::{Fields, Reader, boolean, choice, either, record, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const MODES: &[(&str, CatalogMode)] = &[("declared", CatalogMode::Declared), ("inferred", CatalogMode::Inferred)];
const RECRAWLS: &[(&str, Recrawl)] =
    &[("everything", Recrawl::Everything), ("new_folders_only", Recrawl::NewFoldersOnly)];
const CHANGES: &[(&str, SchemaChange)] =
    &[("update", SchemaChange::Update), ("new_columns", SchemaChange::NewColumns), ("log", SchemaChange::Log)];
const DELETED: &[(&str, DeletedObjects)] =
    &[("log", DeletedObjects::Log), ("deprecate", DeletedObjects::Deprecate), ("delete", DeletedObjects::Delete)];

/// `crawler`. A database that nobody named comes out with an empty name, for the root to fill in.
pub fn crawler() -> impl Reader<Out = Crawler> {
    record("crawler", |m| {
        let database = m.optional(
            "database",
            "The Glue database: a name, or { name, existing: true } for a shared one. By default the base name, with `_` for `-`.",
            database(),
        );
        let table_prefix = m.optional(
            "table_prefix",
            "Put before every table's name in the catalog; none by default.",
            text_of(&rules::TABLE_PREFIX).spanned(),
        );
        let tables = m.or(
            "tables",
            "Who makes the catalog's tables. declared: pipectl, typed, and the crawler adds partitions; inferred: the crawler, from the files.",
            choice(MODES),
            "declared",
        );
        let recrawl = m.or("recrawl", "What a crawl visits again.", choice(RECRAWLS), "everything");
        let schema_change = m.or("schema_change", "What a crawl does with changed schemas.", choice(CHANGES), "update");
        let deleted = m.or("deleted", "What a crawl does with tables whose files are gone.", choice(DELETED), "log");
        let schedule = m.or(
            "schedule",
            "When it crawls by itself: on_demand, or cron(minute hour day month weekday year) in UTC.",
            text_of(&rules::CRON).spanned().map(|text| Some(text).filter(|text| text.value != "on_demand")),
            "on_demand",
        );
        if recrawl == Some(Recrawl::NewFoldersOnly) {
            only_log(m, schema_change, deleted);
        }
        Some(Crawler {
            database: database?.unwrap_or_else(|| Database { name: Spanned::default(), existing: false }),
            table_prefix: table_prefix?.unwrap_or_default(),
            tables: tables?,
            recrawl: recrawl?,
            schema_change: schema_change?,
            deleted: deleted?,
            schedule: schedule?,
        })
    })
}

fn database() -> impl Reader<Out = Database> {
    let name = || text_of(&rules::DATABASE).spanned();
    let short = name().map(|name| Database { name, existing: false });
    let long = record("a database", move |m| {
        let name = m.required("name", "Its name.", name());
        let existing = m.or("existing", "True: it is used, not owned.", boolean(), "false");
        Some(Database { name: name?, existing: existing? })
    });
    either(short, long)
}

/// AWS: "The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior value and
/// LOG UpdateBehavior value".
fn only_log(m: &mut Fields<'_>, schema_change: Option<SchemaChange>, deleted: Option<DeletedObjects>) {
    let key = match (schema_change, deleted) {
        (Some(SchemaChange::Update | SchemaChange::NewColumns), _) => "schema_change",
        (_, Some(DeletedObjects::Deprecate | DeletedObjects::Delete)) => "deleted",
        _ => return,
    };
    m.fault(
        Error::manifest(
            "recrawl-logs-only",
            format!("`recrawl: new_folders_only` wants `{key}: log`; AWS refuses all else"),
        )
        .at(m.place(key).or_else(|| m.place("recrawl")))
        .with_help(format!("add `{key}: log`, or crawl `everything`")),
    );
}
