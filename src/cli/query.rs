//! `query`: one question, its answer as a table, CSV or JSON.

use super::args::{Global, QueryArgs, QueryFormat};
use super::connect::Connected;
use super::run::{queries, workgroup};
use crate::error::{Error, Result, SourceText, nearest};
use crate::report::{Out, answer};
use crate::run::queries::{QueryPlan, query as ask};

/// `query NAME` or `query --sql SQL`.
pub async fn query(global: &Global, args: &QueryArgs, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let plan = choose(queries(&connected.workspace.manifest), args, &connected)?;
    let result = ask(&connected.aws, &plan, None).await?;
    let format = if out.json() { QueryFormat::Json } else { args.format };
    match format {
        QueryFormat::Table => {
            out.text(&answer::table(&result, usize::MAX, out.stdout))?;
            out.note(&out.stderr.dim(&answer::footer(&result)));
        }
        QueryFormat::Csv => out.text(&answer::csv(&result)?)?,
        QueryFormat::Json => out.text(&answer::json(&result)?)?,
    }
    Ok(0)
}

fn choose(plans: Vec<QueryPlan>, args: &QueryArgs, connected: &Connected) -> Result<QueryPlan> {
    if let Some(sql) = &args.sql {
        let manifest = &connected.workspace.manifest;
        let source = SourceText::new("--sql", sql.clone());
        return Ok(QueryPlan {
            name: None,
            workgroup: workgroup(manifest),
            database: manifest.crawler.database.name.value.clone(),
            sql: sql.clone(),
            place: Some(crate::error::Place { source, line: 1, column: 1, width: 1 }),
        });
    }
    let wanted = args.name.as_deref().unwrap_or_default();
    let names: Vec<String> = plans.iter().filter_map(|p| p.name.clone()).collect();
    plans.into_iter().find(|p| p.name.as_deref() == Some(wanted)).ok_or_else(|| {
        let error = Error::usage("unknown-query", format!("the manifest has no query `{wanted}`")).with_expected(
            if names.is_empty() {
                "queries under `athena.queries`".to_owned()
            } else {
                format!("one of {}", names.join(", "))
            },
        );
        match nearest(wanted, names.iter().map(String::as_str)) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help("`pipectl query --sql '...'` runs SQL of your own"),
        }
    })
}
