//! `lineage`: where a column comes from and what is made of it, offline.

use super::args::{Global, LineageArgs};
use super::workspace::Workspace;
use crate::dashboard::lineage::lineage;
use crate::error::{Error, Result, nearest};
use crate::flow::lineage::{Lineage, Node};
use crate::report::{Out, lineage as view};

/// `lineage`: all columns of tables, or both directions of one.
pub fn show(global: &Global, args: &LineageArgs, out: &Out) -> Result<u8> {
    let workspace = Workspace::open(global, None)?;
    let all = lineage(&workspace.manifest, &workspace.flow, &workspace.dashboards);
    let Some(asked) = &args.column else {
        let nodes: Vec<Node> = all.nodes().filter(|node| matches!(node, Node::Table(..))).cloned().collect();
        out.result(&view::document(&all, &nodes), |style| view::list(&all, &nodes, style))?;
        return Ok(0);
    };
    let nodes = find(&all, asked)?;
    out.result(&view::document(&all, &nodes), |style| view::trees(&all, &nodes, style))?;
    Ok(0)
}

/// What goes by that name: a column of a source, table or data set, a query, a visual's title. Several things may.
fn find(all: &Lineage, asked: &str) -> Result<Vec<Node>> {
    let is = |node: &&Node| match node {
        Node::Visual(_, _, title) => title.eq_ignore_ascii_case(asked) || node.to_string().eq_ignore_ascii_case(asked),
        other => other.to_string().eq_ignore_ascii_case(asked),
    };
    let found: Vec<Node> = all.nodes().filter(is).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<String> = all.nodes().map(ToString::to_string).collect();
    let error = Error::usage("unknown-column", format!("nothing here is called `{asked}`"))
        .with_expected("SOURCE.COLUMN, TABLE.COLUMN, DATASET.COLUMN, a table, a query or a visual's title");
    Err(match nearest(asked, names.iter().map(String::as_str)) {
        Some(close) => error.with_help(format!("did you mean `{close}`?")),
        None => error.with_help("`pipectl lineage` lists the columns of all tables"),
    })
}
