//! The steps of a table, under Glue Studio's names.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::columns::column;
use super::reshape;
use crate::error::{Error, Place};
use crate::manifest::cx::Cx;
use crate::manifest::model::{DropDuplicates, Input, Join, JoinKind, SqlFile, Step};
use crate::manifest::node::{Node, Value};
use crate::manifest::paths;
use crate::manifest::read::{
    Reader, choice, list, map_of, map_of_columns, one_key, record, text, text_of, variant, wrong_type,
};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const KINDS: &[(&str, JoinKind)] = &[
    ("inner", JoinKind::Inner),
    ("left", JoinKind::Left),
    ("right", JoinKind::Right),
    ("full", JoinKind::Full),
    ("semi", JoinKind::Semi),
    ("anti", JoinKind::Anti),
];

/// One step: a map with one key.
pub fn step() -> impl Reader<Out = Spanned<Step>> {
    one_key(
        "a step",
        vec![
            variant("source", "Reads a source.", name().map(Step::Source)),
            variant("table", "Reads another table.", name().map(Step::Table)),
            variant("join", "Joins a source or table to the rows so far.", join().map(Step::Join)),
            variant("select_fields", "Keeps these columns (globs), in this order.", names().map(Step::SelectFields)),
            variant("drop_fields", "Drops these columns (globs).", names().map(Step::DropFields)),
            variant(
                "rename_field",
                "Renames columns: old name to new name.",
                map_of_columns(text_of(&rules::NEW_COLUMN).spanned()).not_empty().map(Step::RenameField),
            ),
            variant(
                "change_schema",
                "Converts columns: name to type, or to { type, format, max_cast_loss }.",
                map_of_columns(column()).not_empty().map(Step::ChangeSchema),
            ),
            variant(
                "derived_column",
                "Adds or replaces columns: name to expression; all see the step's input.",
                map_of(&rules::NEW_COLUMN, name()).not_empty().map(Step::DerivedColumn),
            ),
            variant("filter", "Keeps the rows for which the expression is true.", name().map(Step::Filter)),
            variant("drop_duplicates", "Keeps one row per key.", drop_duplicates().map(Step::DropDuplicates)),
            variant(
                "union",
                "Appends the rows of tables or sources, by column name: a list, or { with, allow_missing }.",
                reshape::union().map(Step::Union),
            ),
            variant(
                "fill_missing_values",
                "Puts a value in the place of NULLs: column to value.",
                map_of_columns(text().spanned()).not_empty().map(Step::FillMissingValues),
            ),
            variant(
                "drop_null_rows",
                "Drops the rows with a NULL in one of these columns (globs).",
                names().map(Step::DropNullRows),
            ),
            variant(
                "aggregate",
                "One row a key, with values over its rows.",
                reshape::aggregate().map(Step::Aggregate),
            ),
            variant("split_string", "Cuts a text into an array.", reshape::split_string().map(Step::SplitString)),
            variant("explode", "One row an element of an array.", reshape::explode().map(Step::Explode)),
            variant("unpivot", "Columns become rows.", reshape::unpivot().map(Step::Unpivot)),
            variant("pivot", "Values of a column become columns.", reshape::pivot().map(Step::Pivot)),
            variant(
                "sql",
                "One query in portable SQL: a file; the rows so far are `input`.",
                sql_file().map(Step::Sql),
            ),
        ],
    )
}

/// A name, a glob or an expression.
pub(super) fn name() -> impl Reader<Out = Spanned<String>> {
    text_of(&rules::NOT_EMPTY).spanned()
}

pub(super) fn names() -> impl Reader<Out = Vec<Spanned<String>>> {
    list(name()).not_empty()
}

/// A file with one query in portable SQL.
pub(super) fn sql_file() -> impl Reader<Out = SqlFile> {
    name().try_map(|file, cx| {
        let source = paths::read_text(&cx.folder, &file)?;
        // A text's place is its first line that is not empty.
        let line = 1 + source.text.chars().take_while(|c| *c == '\n').count() as u32;
        let place = Place { source: source.clone(), line, column: 1, width: 1 };
        Ok(SqlFile { text: Spanned::new(source.text.clone(), place), file })
    })
}

fn join() -> impl Reader<Out = Join> {
    record("a join", |m| {
        let source = m.optional("source", "The right side, when it is a source.", name());
        let table = m.optional("table", "The right side, when it is a table.", name());
        m.exactly_one(&["source", "table"]);
        let on = m.required("on", "Left column to right column; a list where both have one name.", On);
        let how = m.or(
            "how",
            "Which rows stay: with a match (inner), all of a side (left, right, full), left rows with a match (semi) or without (anti).",
            choice(KINDS),
            "inner",
        );
        let select = m.listed("select", "Right columns to keep (globs), before names are compared.", list(name()));
        let drop = m.listed("drop", "Right columns to drop (globs), before names are compared.", list(name()));
        let prefix = m.optional(
            "prefix",
            "Put before every right column that does not start with it already.",
            text_of(&rules::COLUMN_PREFIX).spanned(),
        );
        if m.given("select") && m.given("drop") {
            m.fault(
                Error::manifest("one-of", "`select` and `drop` stand in one join, which takes one of them")
                    .at(m.place("drop"))
                    .with_help("`select` says what stays; all else is dropped"),
            );
        }
        let right = source?.map(Input::Source).or(table?.map(Input::Table));
        Some(Join { right: right?, on: on?, how: how?, select: select?, drop: drop?, prefix: prefix? })
    })
}

/// `{ left: right }`, or `[column]` where both sides have one name.
struct On;

impl Reader for On {
    type Out = IndexMap<Spanned<String>, Spanned<String>>;

    fn schema(&self) -> Json {
        json!({ "anyOf": [map_of_columns(name()).not_empty().schema(), names().schema()] })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Self::Out> {
        match &node.value {
            Value::List(_) => Some(names().read(node, cx)?.into_iter().map(|name| (name.clone(), name)).collect()),
            Value::Map(_) => map_of_columns(name()).not_empty().read(node, cx),
            Value::Scalar(_) => {
                let error = wrong_type("a map or a list", node)
                    .with_expected("`{ left_column: right_column }`, or `[column]` where both have one name");
                cx.fault(error);
                None
            }
        }
    }
}

fn drop_duplicates() -> impl Reader<Out = DropDuplicates> {
    record("drop_duplicates", |m| {
        let by = m.required("by", "The key.", names());
        let order_by = m.listed(
            "order_by",
            "Which row stays: the first in this order; each `column`, `column asc` or `column desc`.",
            list(name()),
        );
        Some(DropDuplicates { by: by?, order_by: order_by? })
    })
}
