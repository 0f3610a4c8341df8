//! `athena`: the workgroup and the named queries.

use std::path::PathBuf;

use crate::error::{Error, Place, Result};
use crate::manifest::cx::Cx;
use crate::manifest::model::{Athena, Query, Workgroup};
use crate::manifest::paths;
use crate::manifest::read::{Reader, boolean, either, map_of, record, size, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

/// `athena`; every key has a default.
pub fn athena() -> impl Reader<Out = Athena> {
    record("athena", |m| {
        let workgroup = m.section("workgroup", "The workgroup that queries run in.", workgroup());
        let bytes_scanned_cutoff = m.optional(
            "bytes_scanned_cutoff",
            "The most that one query may scan, e.g. 10GB; a query that scans more is stopped.",
            size(rules::MIN_CUTOFF..=i64::MAX as u64, "a size of at least `10MB`, e.g. `10GB`").spanned(),
        );
        let queries = m.listed(
            "queries",
            "Named queries: name to SQL file, or to { sql, description }. The SQL is Athena's, over catalog tables.",
            map_of(&rules::QUERY, query()),
        );
        Some(Athena { workgroup: workgroup?, bytes_scanned_cutoff: bytes_scanned_cutoff?, queries: queries? })
    })
}

fn workgroup() -> impl Reader<Out = Workgroup> {
    record("workgroup", |m| {
        let name = m.optional("name", "Its name; by default the base name.", text_of(&rules::WORKGROUP).spanned());
        let existing = m.or("existing", "True: it is used, not owned.", boolean(), "false");
        if existing == Some(true) && !m.given("name") {
            m.fault(
                Error::manifest("missing-key", "`name` is missing: which existing workgroup?")
                    .at(m.place("existing"))
                    .with_help("add `name: ...`"),
            );
        }
        Some(Workgroup { name: name?, existing: existing? })
    })
}

fn query() -> impl Reader<Out = Query> {
    let file = || text_of(&rules::NOT_EMPTY).spanned().try_map(read);
    let long = record("a query", move |m| {
        let query = m.required("sql", "The SQL file, relative to the manifest.", file());
        let description = m.optional("description", "What it answers.", text_of(&rules::DESCRIPTION));
        Some(Query { description: description?, ..query? })
    });
    either(file(), long)
}

/// Reads a query's file.
fn read(file: Spanned<String>, cx: &Cx) -> Result<Query> {
    let sql = paths::read_text(&cx.folder, &file)?;
    if sql.text.trim().is_empty() {
        return Err(Error::manifest("empty-query", format!("`{}` is empty", file.value)));
    }
    if sql.text.len() > rules::MAX_QUERY {
        return Err(Error::manifest("query-too-long", format!("`{}` has {} bytes", file.value, sql.text.len()))
            .at(Place { source: sql.clone(), line: 1, column: 1, width: 1 })
            .with_expected(format!("at most {} bytes, which is what Athena takes", rules::MAX_QUERY)));
    }
    Ok(Query { file: file.with(PathBuf::from(&file.value)), description: None, sql })
}
