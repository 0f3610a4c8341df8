//! `SHOW`, `DESCRIBE`: statements about the catalog, read word by word.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use regex::Regex;
use sqlparser::dialect::GenericDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::bind::qualified;
use super::catalog::{Catalog, Table};
use super::execute::{Kind, Output, Request};
use super::failure::{Failure, Outcome};

/// Runs the statement if it is one about the catalog.
pub fn run(request: &Request, catalog: &dyn Catalog) -> Outcome<Option<Output>> {
    let Some(words) = words(&request.sql) else { return Ok(None) };
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    let output = match words.as_slice() {
        ["show", "databases" | "schemas", rest @ ..] => {
            one_column("database_name", matching(catalog.databases()?, rest.last().copied())?)
        }
        ["show", "tables", rest @ ..] => {
            let (database, pattern) = match rest {
                ["in" | "from", database, rest @ ..] => (*database, rest.last().copied()),
                _ => (request.database.as_str(), rest.last().copied()),
            };
            if !catalog.databases()?.iter().any(|known| known == database) {
                return Err(Failure::new("SCHEMA_NOT_FOUND", format!("Schema '{database}' does not exist")));
            }
            one_column("tab_name", matching(catalog.tables(database)?, pattern)?)
        }
        ["show", "columns", "in" | "from", name @ ..] => {
            let table = table(name, request, catalog)?;
            one_column("field", table.columns.iter().chain(&table.keys).map(|c| c.name.clone()).collect())
        }
        ["show", "partitions", name @ ..] => {
            let table = table(name, request, catalog)?;
            let shown = |values: &[String]| {
                let pairs = table.keys.iter().zip(values).map(|(key, value)| format!("{}={value}", key.name));
                pairs.collect::<Vec<_>>().join("/")
            };
            one_column("partition", table.folders.iter().map(|folder| shown(&folder.values)).collect())
        }
        ["describe" | "desc", name @ ..] => describe(&table(name, request, catalog)?),
        [
            "show" | "msck" | "alter" | "create" | "drop" | "insert" | "update" | "delete" | "merge" | "unload"
            | "explain" | "prepare" | "execute" | "deallocate" | "vacuum" | "optimize",
            ..,
        ] => {
            let what: Vec<_> = words.iter().take(2).map(|word| word.to_uppercase()).collect();
            return Err(Failure::athena_only(what.join(" ")));
        }
        _ => return Ok(None),
    };
    Ok(Some(output))
}

/// The statement's words and quoted names; `None` when it does not even split into tokens.
fn words(sql: &str) -> Option<Vec<String>> {
    // Hive's statements quote names with back quotes.
    let sql = sql.replace('`', "\"");
    let tokens = Tokenizer::new(&GenericDialect {}, &sql).tokenize().ok()?;
    let word = |token: Token| match token {
        Token::Word(word) => Some(word.value),
        Token::SingleQuotedString(text) => Some(text),
        _ => None,
    };
    Some(tokens.into_iter().filter_map(word).collect())
}

fn table(name: &[&str], request: &Request, catalog: &dyn Catalog) -> Outcome<Table> {
    let parts: Vec<String> = name.iter().map(|part| (*part).to_owned()).collect();
    let (database, table) = qualified(&parts, &request.database)?;
    catalog.table(&database, &table)?.ok_or_else(|| {
        Failure::new("TABLE_NOT_FOUND", format!("Table 'awsdatacatalog.{database}.{table}' does not exist"))
    })
}

/// Names that a pattern of `SHOW ... LIKE 'a*|b*'` takes.
fn matching(names: Vec<String>, pattern: Option<&str>) -> Outcome<Vec<String>> {
    let Some(pattern) = pattern else { return Ok(names) };
    let escaped = regex::escape(pattern).replace("\\*", ".*").replace("\\|", "|").replace('%', ".*");
    let pattern = Regex::new(&format!("^(?:{escaped})$")).map_err(|e| Failure::new("SYNTAX_ERROR", e.to_string()))?;
    Ok(names.into_iter().filter(|name| pattern.is_match(name)).collect())
}

fn one_column(name: &str, values: Vec<String>) -> Output {
    texts(&[name], vec![values])
}

/// `DESCRIBE`: one text a column, tab-separated, the partition keys once more below, as Hive writes it.
fn describe(table: &Table) -> Output {
    let line = |c: &super::catalog::Column| format!("{:<20}\t{:<20}\t{:<20}", c.name, c.catalog_type, c.comment);
    let mut lines: Vec<String> = table.columns.iter().chain(&table.keys).map(line).collect();
    if !table.keys.is_empty() {
        lines.push("\t \t ".into());
        lines.push("# Partition Information\t \t ".into());
        lines.push(format!("{:<20}\t{:<20}\t{:<20}", "# col_name", "data_type", "comment"));
        lines.push("\t \t ".into());
        lines.extend(table.keys.iter().map(line));
    }
    let column = |place: usize| lines.iter().map(|l| l.split('\t').nth(place).unwrap_or_default().to_owned()).collect();
    texts(&["col_name", "data_type", "comment"], vec![column(0), column(1), column(2)])
}

fn texts(names: &[&str], columns: Vec<Vec<String>>) -> Output {
    let schema = Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>());
    let arrays = columns.into_iter().map(|values| Arc::new(StringArray::from(values)) as ArrayRef).collect();
    Output {
        kind: Kind::Utility,
        columns: names.iter().map(|name| ((*name).to_owned(), DataType::Utf8)).collect(),
        batches: RecordBatch::try_new(Arc::new(schema), arrays).into_iter().collect(),
        bytes_scanned: 0,
    }
}
