//! A query's text -> its result.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::DataType;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use sqlparser::ast::{ObjectName, Statement, visit_relations};

use super::bind::{Binder, Tables, qualified};
use super::catalog::Catalog;
use super::failure::{Failure, Outcome};
use super::scan::{CatalogTable, Meter};
use super::scope::fold;
use super::utility;

/// What to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The query's text.
    pub sql: String,
    /// The database of unqualified names; empty for none.
    pub database: String,
    /// What the query takes for the current time: milliseconds since 1970.
    pub now: i64,
    /// The most bytes it may read.
    pub cutoff: Option<u64>,
}

/// What sort of statement it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A query: its result has a header.
    Query,
    /// `SHOW`, `DESCRIBE`, `EXPLAIN`.
    Utility,
    /// A change of the catalog.
    Ddl,
}

/// A query's result.
#[derive(Clone, Debug)]
pub struct Output {
    /// What sort of statement it was.
    pub kind: Kind,
    /// The columns' names and types.
    pub columns: Vec<(String, DataType)>,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// The bytes read of the tables' files.
    pub bytes_scanned: u64,
}

/// Runs a query over a catalog.
pub async fn execute(request: &Request, catalog: &dyn Catalog) -> Outcome<Output> {
    if let Some(output) = utility::run(request, catalog)? {
        return Ok(output);
    }
    let (statement, places) = super::parse(&request.sql).map_err(Failure::told)?;
    let query = match statement {
        Statement::Query(query) => query,
        other => {
            let word = other.to_string().split_whitespace().take(2).collect::<Vec<_>>().join(" ").to_uppercase();
            return Err(Failure::athena_only(word));
        }
    };
    let meter = Meter::new(request.cutoff);
    let tables = tables_of(&query, &request.database, catalog, &meter)?;
    let relation = Binder::new(&tables, &places, request.now).bind(&query).map_err(Failure::told)?;
    let config = SessionConfig::new().with_target_partitions(2);
    let context = SessionContext::new_with_config(config);
    let batches = run(&context, relation.plan).await.map_err(Failure::told)?;
    let columns = relation.fields.into_iter().map(|field| (field.shown, field.data_type)).collect();
    Ok(Output { kind: Kind::Query, columns, batches, bytes_scanned: meter.bytes() })
}

async fn run(context: &SessionContext, plan: LogicalPlan) -> Outcome<Vec<RecordBatch>> {
    Ok(context.execute_logical_plan(plan).await?.collect().await?)
}

/// Looks up every table that the query names. A name of a common table expression finds nothing, which is fine.
fn tables_of(
    query: &sqlparser::ast::Query,
    database: &str,
    catalog: &dyn Catalog,
    meter: &Arc<Meter>,
) -> Outcome<Tables> {
    let mut names: Vec<ObjectName> = Vec::new();
    let _ = visit_relations(query, |name| {
        names.push(name.clone());
        std::ops::ControlFlow::<()>::Continue(())
    });
    let mut tables = Tables { database: database.to_owned(), ..Tables::default() };
    tables.databases.extend(catalog.databases()?);
    for name in names {
        let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(fold).collect();
        let Ok(key) = qualified(&parts, database) else { continue };
        if tables.tables.contains_key(&key) || !tables.databases.contains(&key.0) {
            continue;
        }
        if let Some(table) = catalog.table(&key.0, &key.1)? {
            let provider = Arc::new(CatalogTable::new(table, meter.clone()));
            tables.tables.insert(key, provider_as_source(provider));
        }
    }
    Ok(tables)
}
