//! Catalog tables between Glue's form and ours. UpdateTable overwrites the whole table: what is left out is lost, so an
//! update is what GetTable returned with the managed fields laid over it.

use std::collections::HashMap;

use aws_sdk_glue::types::builders::TableInputBuilder;
use aws_sdk_glue::types::{Column, SerDeInfo, StorageDescriptor, Table, TableInput, ViewDefinitionInput};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::resource::Fields;
use crate::services::fields;

/// How a format is told to Hive's readers.
struct Storage {
    name: &'static str,
    input: &'static str,
    output: &'static str,
    serde: &'static str,
    /// What the SerDe is told.
    parameters: &'static [(&'static str, &'static str)],
}

const FORMATS: [Storage; 3] = [PARQUET, CSV, JSON];

/// OpenCSVSerde is the one that knows quotes; to it every column is text. Its escape character is the backslash unless told
/// otherwise, and may not be the quote: U+0001 stands for none.
const CSV: Storage = Storage {
    name: "csv",
    input: "org.apache.hadoop.mapred.TextInputFormat",
    output: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde: "org.apache.hadoop.hive.serde2.OpenCSVSerde",
    parameters: &[("separatorChar", ","), ("quoteChar", "\""), ("escapeChar", "\u{1}")],
};

/// The SerDe that crawlers write, too.
const JSON: Storage = Storage {
    name: "json",
    input: "org.apache.hadoop.mapred.TextInputFormat",
    output: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde: "org.openx.data.jsonserde.JsonSerDe",
    parameters: &[("serialization.format", "1")],
};

const PARQUET: Storage = Storage {
    name: "parquet",
    input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    parameters: &[("serialization.format", "1")],
};

/// The managed fields of a live table.
pub(super) fn fields_of(table: &Table) -> Fields {
    let storage = table.storage_descriptor();
    let parameters: HashMap<String, String> = table.parameters.clone().unwrap_or_default();
    Fields::from([
        ("description".to_owned(), json!(table.description().unwrap_or_default())),
        ("columns".to_owned(), columns_of(storage.map(|s| s.columns()).unwrap_or_default())),
        ("partition_keys".to_owned(), columns_of(table.partition_keys())),
        ("location".to_owned(), json!(storage.and_then(|s| s.location()).map(with_slash))),
        ("format".to_owned(), json!(format_of(storage))),
        ("parameters".to_owned(), fields::object(&parameters)),
    ])
}

/// The input for a new table.
pub(super) fn new(name: &str, want: &Fields) -> Result<TableInput> {
    let empty = Table::builder().name(name).build().map_err(unbuildable)?;
    let every: Vec<String> = want.keys().cloned().collect();
    changed(&empty, want, &every)
}

/// The input that changes `names` of a live table and keeps everything else.
pub(super) fn changed(live: &Table, want: &Fields, names: &[String]) -> Result<TableInput> {
    let mut storage = live.storage_descriptor.clone().unwrap_or_else(|| StorageDescriptor::builder().build());
    let mut input = echo(live);
    let touched = |name: &str| fields::touches(names, name);
    if touched("description") {
        input = input.description(fields::text(want, "description").unwrap_or_default());
    }
    if touched("columns") {
        storage.columns = Some(sdk_columns(fields::items(want, "columns"))?);
    }
    if touched("partition_keys") {
        input = input.set_partition_keys(Some(sdk_columns(fields::items(want, "partition_keys"))?));
    }
    if touched("location") {
        storage.location = fields::text(want, "location").map(str::to_owned);
    }
    if touched("format") {
        let format = fields::text(want, "format").unwrap_or_default();
        let format = FORMATS.iter().find(|known| known.name == format);
        let format = format.ok_or_else(|| Error::bug("a table has a format that nobody knows"))?;
        storage.input_format = Some(format.input.to_owned());
        storage.output_format = Some(format.output.to_owned());
        let parameters = format.parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let serde = SerDeInfo::builder().serialization_library(format.serde);
        storage.serde_info = Some(serde.set_parameters(Some(parameters.collect())).build());
    }
    if touched("parameters") {
        let mut parameters = live.parameters.clone().unwrap_or_default();
        parameters.extend(fields::map(want, "parameters"));
        input = input.set_parameters(Some(parameters));
    }
    input.storage_descriptor(storage).build().map_err(unbuildable)
}

/// Everything that GetTable returns and UpdateTable takes.
fn echo(live: &Table) -> TableInputBuilder {
    let view = live.view_definition.as_ref().map(|view| {
        ViewDefinitionInput::builder()
            .set_is_protected(view.is_protected)
            .set_definer(view.definer.clone())
            .set_sub_objects(view.sub_objects.clone())
            .build()
    });
    TableInput::builder()
        .name(live.name())
        .set_description(live.description.clone())
        .set_owner(live.owner.clone())
        .set_last_access_time(live.last_access_time)
        .set_last_analyzed_time(live.last_analyzed_time)
        .retention(live.retention)
        .set_partition_keys(live.partition_keys.clone())
        .set_view_original_text(live.view_original_text.clone())
        .set_view_expanded_text(live.view_expanded_text.clone())
        .table_type(live.table_type.clone().unwrap_or_else(|| "EXTERNAL_TABLE".to_owned()))
        .set_parameters(live.parameters.clone())
        .set_target_table(live.target_table.clone())
        .set_view_definition(view)
}

/// The format by its SerDe; an unknown one by its class, so that the plan shows what is there, and so one that reads text
/// with other quotes.
fn format_of(storage: Option<&StorageDescriptor>) -> Option<String> {
    let storage = storage?;
    let serde = storage.serde_info().and_then(|info| info.serialization_library());
    let parts = [storage.input_format(), storage.output_format(), serde];
    let told = storage.serde_info().and_then(|info| info.parameters());
    let quoting = |known: &Storage| {
        let same =
            |(name, value): &(&str, &str)| told.and_then(|told| told.get(*name)).is_some_and(|told| told == value);
        known.name != CSV.name || known.parameters.iter().all(same)
    };
    let known = FORMATS.iter().find(|known| parts == [Some(known.input), Some(known.output), Some(known.serde)]);
    match known {
        Some(known) if quoting(known) => Some(known.name.to_owned()),
        Some(known) => Some(format!("{} with other quotes", known.name)),
        None => Some(parts.map(|part| part.unwrap_or("none")).join(" + ")),
    }
}

/// Crawlers and people write locations with and without the last slash.
fn with_slash(location: &str) -> String {
    format!("{}/", location.trim_end_matches('/'))
}

fn columns_of(columns: &[Column]) -> Value {
    let one = |column: &Column| {
        let mut out = json!({"name": column.name(), "type": column.r#type().unwrap_or_default()});
        if let Some(comment) = column.comment().filter(|comment| !comment.is_empty()) {
            out["comment"] = json!(comment);
        }
        out
    };
    columns.iter().map(one).collect()
}

fn sdk_columns(columns: &[Value]) -> Result<Vec<Column>> {
    let part = |column: &Value, name: &str| column.get(name).and_then(Value::as_str).map(str::to_owned);
    let one = |column: &Value| {
        Column::builder()
            .set_name(part(column, "name"))
            .set_type(part(column, "type"))
            .set_comment(part(column, "comment"))
            .build()
            .map_err(unbuildable)
    };
    columns.iter().map(one).collect()
}

fn unbuildable(error: impl std::fmt::Display) -> Error {
    Error::bug(format!("a table cannot be built: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::wanted;

    /// What Glue would give back for an input it took.
    fn stored(input: &TableInput) -> Table {
        Table::builder()
            .name(input.name())
            .set_description(input.description.clone())
            .set_owner(input.owner.clone())
            .retention(input.retention)
            .set_storage_descriptor(input.storage_descriptor.clone())
            .set_partition_keys(input.partition_keys.clone())
            .set_table_type(input.table_type.clone())
            .set_parameters(input.parameters.clone())
            .build()
            .unwrap()
    }

    #[test]
    fn a_new_table_reads_as_wanted() {
        let want = wanted("glue_table.hits").fields;
        let input = new("hits", &want).unwrap();
        assert_eq!(input.table_type(), Some("EXTERNAL_TABLE"));
        assert_eq!(fields_of(&stored(&input)), want);
    }

    #[test]
    fn tables_of_text_read_as_wanted_and_with_their_quotes() {
        for format in ["csv", "json"] {
            let mut want = wanted("glue_table.hits").fields;
            want.insert("format".into(), json!(format));
            let mut live = stored(&new("hits", &want).unwrap());
            assert_eq!(fields_of(&live), want);
            let serde = live.storage_descriptor.as_mut().and_then(|s| s.serde_info.as_mut()).unwrap();
            serde.parameters.as_mut().unwrap().remove("escapeChar");
            let shown = if format == "csv" { "csv with other quotes" } else { "json" };
            assert_eq!(fields_of(&live)["format"], json!(shown));
        }
    }

    #[test]
    fn an_update_keeps_what_is_not_ours() {
        let want = wanted("glue_table.hits").fields;
        let mut live = stored(&new("hits", &want).unwrap());
        live.owner = Some("hadoop".into());
        live.retention = 7;
        live.parameters.as_mut().unwrap().insert("projection.enabled".into(), "true".into());
        live.description = Some("edited".into());
        let storage = live.storage_descriptor.as_mut().unwrap();
        storage.columns = None;
        storage.compressed = true;
        let input = changed(&live, &want, &["columns".into(), "description".into()]).unwrap();
        assert_eq!((input.owner(), input.retention()), (Some("hadoop"), 7));
        assert_eq!(input.parameters().unwrap()["projection.enabled"], "true");
        let storage = input.storage_descriptor().unwrap();
        assert!(storage.compressed());
        assert_eq!(storage.columns().len(), 2);
        assert_eq!(input.description(), Some("One row a track"));
    }

    #[test]
    fn another_format_shows_by_its_classes() {
        let serde = SerDeInfo::builder().serialization_library("org.apache.hadoop.hive.serde2.OpenCSVSerde").build();
        let storage = StorageDescriptor::builder().location("s3://b/t").serde_info(serde).build();
        let table = Table::builder().name("t").storage_descriptor(storage).build().unwrap();
        let live = fields_of(&table);
        assert_eq!(live["format"], json!("none + none + org.apache.hadoop.hive.serde2.OpenCSVSerde"));
        assert_eq!(live["location"], json!("s3://b/t/"));
    }
}
